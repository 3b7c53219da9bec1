/** Every check, one line each, in the order of the catalogue. */
import type { Check } from '../check.ts';
import { check as addressInUse } from './address-in-use.ts';
import { check as checkHangs } from './check-hangs.ts';
import { check as checkNotExecutable } from './check-not-executable.ts';
import { check as chpstBadUsage } from './chpst-bad-usage.ts';
import { check as chpstEnvDir } from './chpst-env-dir.ts';
import { check as chpstLimitTooSmall } from './chpst-limit-too-small.ts';
import { check as chpstLockHeld } from './chpst-lock-held.ts';
import { check as chpstNotRoot } from './chpst-not-root.ts';
import { check as clockSetBack } from './clock-set-back.ts';
import { check as controlNotExecutable } from './control-not-executable.ts';
import { check as controlNotFifo } from './control-not-fifo.ts';
import { check as controlScriptSwallows } from './control-script-swallows.ts';
import { check as copiedSupervise } from './copied-supervise.ts';
import { check as daemonAlreadyRunningOutside } from './daemon-already-running-outside.ts';
import { check as daemonBackgroundsItself } from './daemon-backgrounds-itself.ts';
import { check as daemonBadInterpreter } from './daemon-bad-interpreter.ts';
import { check as daemonBuffersStdout } from './daemon-buffers-stdout.ts';
import { check as daemonCwdGone } from './daemon-cwd-gone.ts';
import { check as daemonFileOwnedByOther } from './daemon-file-owned-by-other.ts';
import { check as daemonKeepsFailing } from './daemon-keeps-failing.ts';
import { check as daemonMissing } from './daemon-missing.ts';
import { check as daemonNotAProgram } from './daemon-not-a-program.ts';
import { check as daemonNotExecutable } from './daemon-not-executable.ts';
import { check as daemonOutdated } from './daemon-outdated.ts';
import { check as daemonReadsStdin } from './daemon-reads-stdin.ts';
import { check as daemonSocketRemoved } from './daemon-socket-removed.ts';
import { check as daemonStalePidfile } from './daemon-stale-pidfile.ts';
import { check as daemonStealsTerminal } from './daemon-steals-terminal.ts';
import { check as daemonZombieChildren } from './daemon-zombie-children.ts';
import { check as diskFullHome } from './disk-full-home.ts';
import { check as diskFullLogs } from './disk-full-logs.ts';
import { check as displayMissing } from './display-missing.ts';
import { check as displayStale } from './display-stale.ts';
import { check as downByHand } from './down-by-hand.ts';
import { check as downFilePresent } from './down-file-present.ts';
import { check as downSymlinkLoop } from './down-symlink-loop.ts';
import { check as envHomeMissing } from './env-home-missing.ts';
import { check as fifoReaderSteals } from './fifo-reader-steals.ts';
import { check as finishHangs } from './finish-hangs.ts';
import { check as finishNotExecutable } from './finish-not-executable.ts';
import { check as flapping } from './flapping.ts';
import { check as fsWithoutFifos } from './fs-without-fifos.ts';
import { check as fsWithoutLocks } from './fs-without-locks.ts';
import { check as groupMembershipStale } from './group-membership-stale.ts';
import { check as helperBroken } from './helper-broken.ts';
import { check as hookAfterExec } from './hook-after-exec.ts';
import { check as hookBeforeEnvironment } from './hook-before-environment.ts';
import { check as hookMissing } from './hook-missing.ts';
import { check as hookNotBackgrounded } from './hook-not-backgrounded.ts';
import { check as hookWrongSessionFile } from './hook-wrong-session-file.ts';
import { check as inodesFull } from './inodes-full.ts';
import { check as intQuitIgnored } from './int-quit-ignored.ts';
import { check as killsOtherService } from './kills-other-service.ts';
import { check as linkOtherService } from './link-other-service.ts';
import { check as linkToServiceAll } from './link-to-service-all.ts';
import { check as lnInsideItself } from './ln-inside-itself.ts';
import { check as lockHeldByOtherProgram } from './lock-held-by-other-program.ts';
import { check as lockHeldByOtherRunsv } from './lock-held-by-other-runsv.ts';
import { check as logAddedWhileRunning } from './log-added-while-running.ts';
import { check as logConfigBad } from './log-config-bad.ts';
import { check as logConfigDropsAll } from './log-config-drops-all.ts';
import { check as logConfigNotReloaded } from './log-config-not-reloaded.ts';
import { check as logConfigUnreadable } from './log-config-unreadable.ts';
import { check as logCurrentRemoved } from './log-current-removed.ts';
import { check as logDirIsFile } from './log-dir-is-file.ts';
import { check as logDirLocked } from './log-dir-locked.ts';
import { check as logDirMissing } from './log-dir-missing.ts';
import { check as logDirOnTmpfs } from './log-dir-on-tmpfs.ts';
import { check as logDirUnwritable } from './log-dir-unwritable.ts';
import { check as logDown } from './log-down.ts';
import { check as logFlapping } from './log-flapping.ts';
import { check as logFlood } from './log-flood.ts';
import { check as logInputElsewhere } from './log-input-elsewhere.ts';
import { check as logIsFile } from './log-is-file.ts';
import { check as logLockHeld } from './log-lock-held.ts';
import { check as logNoStderr } from './log-no-stderr.ts';
import { check as logNotReading } from './log-not-reading.ts';
import { check as logPaused } from './log-paused.ts';
import { check as logProcessorFails } from './log-processor-fails.ts';
import { check as logRemovedWhileRunning } from './log-removed-while-running.ts';
import { check as logRunMissing } from './log-run-missing.ts';
import { check as logRunNoExec } from './log-run-no-exec.ts';
import { check as logRunNotExecutable } from './log-run-not-executable.ts';
import { check as logSvlogdUsage } from './log-svlogd-usage.ts';
import { check as logSymlinkDangling } from './log-symlink-dangling.ts';
import { check as logUncleanLeftovers } from './log-unclean-leftovers.ts';
import { check as nofileLimit } from './nofile-limit.ts';
import { check as nprocLimit } from './nproc-limit.ts';
import { check as orphanDaemon } from './orphan-daemon.ts';
import { check as orphanRunsv } from './orphan-runsv.ts';
import { check as paused } from './paused.ts';
import { check as placeholderUsername } from './placeholder-username.ts';
import { check as pulseaudioAlreadyRunning } from './pulseaudio-already-running.ts';
import { check as readOnlyFs } from './read-only-fs.ts';
import { check as redirectOrder } from './redirect-order.ts';
import { check as removedServiceStillRunning } from './removed-service-still-running.ts';
import { check as rescanNeeded } from './rescan-needed.ts';
import { check as rpNoise } from './rp-noise.ts';
import { check as runBackgroundsDaemon } from './run-backgrounds-daemon.ts';
import { check as runBadInterpreter } from './run-bad-interpreter.ts';
import { check as runBashism } from './run-bashism.ts';
import { check as runByHandWhileSupervised } from './run-by-hand-while-supervised.ts';
import { check as runCdMissing } from './run-cd-missing.ts';
import { check as runCommandCut } from './run-command-cut.ts';
import { check as runCrlf } from './run-crlf.ts';
import { check as runCwdRelative } from './run-cwd-relative.ts';
import { check as runEditedWhileRead } from './run-edited-while-read.ts';
import { check as runEmpty } from './run-empty.ts';
import { check as runEndsEarly } from './run-ends-early.ts';
import { check as runEnvInterpreterMissing } from './run-env-interpreter-missing.ts';
import { check as runHeredocOpen } from './run-heredoc-open.ts';
import { check as runIsDirectory } from './run-is-directory.ts';
import { check as runJunkBeforeShebang } from './run-junk-before-shebang.ts';
import { check as runKillsRunsv } from './run-kills-runsv.ts';
import { check as runMissing } from './run-missing.ts';
import { check as runNeedsService } from './run-needs-service.ts';
import { check as runNoExec } from './run-no-exec.ts';
import { check as runNoShebang } from './run-no-shebang.ts';
import { check as runNoexecMount } from './run-noexec-mount.ts';
import { check as runNotExecutable } from './run-not-executable.ts';
import { check as runOddCharacters } from './run-odd-characters.ts';
import { check as runOwnedByOther } from './run-owned-by-other.ts';
import { check as runReadsBrokenFile } from './run-reads-broken-file.ts';
import { check as runRedirectsAway } from './run-redirects-away.ts';
import { check as runStartsItself } from './run-starts-itself.ts';
import { check as runSymlinkDangling } from './run-symlink-dangling.ts';
import { check as runSyntaxError } from './run-syntax-error.ts';
import { check as runUlimit } from './run-ulimit.ts';
import { check as runUmask } from './run-umask.ts';
import { check as runUnreadable } from './run-unreadable.ts';
import { check as runUnsetVariable } from './run-unset-variable.ts';
import { check as runWaits } from './run-waits.ts';
import { check as runWritesNowhere } from './run-writes-nowhere.ts';
import { check as runWrongArchitecture } from './run-wrong-architecture.ts';
import { check as runitNotInstalled } from './runit-not-installed.ts';
import { check as runnerArgsOrder } from './runner-args-order.ts';
import { check as runnerLogTwoWords } from './runner-log-two-words.ts';
import { check as runnerMissing } from './runner-missing.ts';
import { check as runnerNoExec } from './runner-no-exec.ts';
import { check as runnerNoLog } from './runner-no-log.ts';
import { check as runnerNoP } from './runner-no-P.ts';
import { check as runnerPathLacksRunsv } from './runner-path-lacks-runsv.ts';
import { check as runnerRelativeDir } from './runner-relative-dir.ts';
import { check as runnerShortLog } from './runner-short-log.ts';
import { check as runsvStopped } from './runsv-stopped.ts';
import { check as runsvdirAsRoot } from './runsvdir-as-root.ts';
import { check as runsvdirNotRunning } from './runsvdir-not-running.ts';
import { check as runsvdirStopped } from './runsvdir-stopped.ts';
import { check as runsvdirWrongDirectory } from './runsvdir-wrong-directory.ts';
import { check as serviceBackupCopy } from './service-backup-copy.ts';
import { check as serviceDirUnsearchable } from './service-dir-unsearchable.ts';
import { check as serviceDirUnwritable } from './service-dir-unwritable.ts';
import { check as serviceFileMisnamed } from './service-file-misnamed.ts';
import { check as serviceGuiEmpty } from './service-gui-empty.ts';
import { check as serviceGuiMissing } from './service-gui-missing.ts';
import { check as serviceGuiUnreadable } from './service-gui-unreadable.ts';
import { check as serviceIsRealDirectory } from './service-is-real-directory.ts';
import { check as serviceNameDotted } from './service-name-dotted.ts';
import { check as serviceNameOdd } from './service-name-odd.ts';
import { check as serviceNotLinked } from './service-not-linked.ts';
import { check as serviceRenamed } from './service-renamed.ts';
import { check as sessionSocketStale } from './session-socket-stale.ts';
import { check as statusBadFormat } from './status-bad-format.ts';
import { check as statusLies } from './status-lies.ts';
import { check as stuckAfterTerm } from './stuck-after-term.ts';
import { check as superviseFilesNotOwned } from './supervise-files-not-owned.ts';
import { check as superviseIsFile } from './supervise-is-file.ts';
import { check as superviseNotOwned } from './supervise-not-owned.ts';
import { check as superviseRemovedLive } from './supervise-removed-live.ts';
import { check as superviseShared } from './supervise-shared.ts';
import { check as superviseStale } from './supervise-stale.ts';
import { check as superviseSymlinkBroken } from './supervise-symlink-broken.ts';
import { check as superviseUnwritable } from './supervise-unwritable.ts';
import { check as supervisorClosedOutput } from './supervisor-closed-output.ts';
import { check as supervisorLimits } from './supervisor-limits.ts';
import { check as supervisorUmask } from './supervisor-umask.ts';
import { check as svInsteadOfSvl } from './sv-instead-of-svl.ts';
import { check as svWrongUser } from './sv-wrong-user.ts';
import { check as svlBrokenArg } from './svl-broken-arg.ts';
import { check as svlDropsArguments } from './svl-drops-arguments.ts';
import { check as svlMissing } from './svl-missing.ts';
import { check as svlNameClash } from './svl-name-clash.ts';
import { check as svlNotOnPath } from './svl-not-on-path.ts';
import { check as svlWrongDir } from './svl-wrong-dir.ts';
import { check as symlinkChain } from './symlink-chain.ts';
import { check as symlinkDangling } from './symlink-dangling.ts';
import { check as symlinkLoop } from './symlink-loop.ts';
import { check as symlinkToFile } from './symlink-to-file.ts';
import { check as symlinkTwoNames } from './symlink-two-names.ts';
import { check as termLeavesChildren } from './term-leaves-children.ts';
import { check as terminalHupInt } from './terminal-hup-int.ts';
import { check as tooManyServices } from './too-many-services.ts';
import { check as twoRunsvdirs } from './two-runsvdirs.ts';
import { check as twoSessions } from './two-sessions.ts';
import { check as usr1NotTrapped } from './usr1-not-trapped.ts';
import { check as usr1SvlUnreachable } from './usr1-svl-unreachable.ts';
import { check as xdgRuntimeDirBad } from './xdg-runtime-dir-bad.ts';
import { check as xinitrcCrlf } from './xinitrc-crlf.ts';

// biome-ignore format: one line a check
export const checks: readonly Check[] = [
  runNotExecutable,
  controlNotExecutable,
  runMissing,
  runIsDirectory,
  runSymlinkDangling,
  runBadInterpreter,
  runEnvInterpreterMissing,
  runCrlf,
  runNoShebang,
  runEmpty,
  runJunkBeforeShebang,
  runWrongArchitecture,
  runUnreadable,
  runOwnedByOther,
  runNoexecMount,
  runSyntaxError,
  runBashism,
  runNoExec,
  runBackgroundsDaemon,
  runCwdRelative,
  runCdMissing,
  runWritesNowhere,
  runUmask,
  runUlimit,
  runEndsEarly,
  runStartsItself,
  runOddCharacters,
  runHeredocOpen,
  runCommandCut,
  runUnsetVariable,
  runReadsBrokenFile,
  runKillsRunsv,
  killsOtherService,
  runWaits,
  runEditedWhileRead,
  runRedirectsAway,
  envHomeMissing,
  runNeedsService,
  flapping,
  daemonKeepsFailing,
  daemonNotExecutable,
  daemonMissing,
  daemonBadInterpreter,
  daemonNotAProgram,
  daemonBackgroundsItself,
  daemonAlreadyRunningOutside,
  pulseaudioAlreadyRunning,
  xdgRuntimeDirBad,
  sessionSocketStale,
  addressInUse,
  daemonStalePidfile,
  daemonBuffersStdout,
  daemonReadsStdin,
  daemonStealsTerminal,
  daemonFileOwnedByOther,
  daemonZombieChildren,
  daemonCwdGone,
  daemonOutdated,
  daemonSocketRemoved,
  chpstNotRoot,
  chpstEnvDir,
  chpstLockHeld,
  chpstLimitTooSmall,
  chpstBadUsage,
  stuckAfterTerm,
  paused,
  usr1NotTrapped,
  usr1SvlUnreachable,
  termLeavesChildren,
  intQuitIgnored,
  runByHandWhileSupervised,
  groupMembershipStale,
  superviseNotOwned,
  superviseFilesNotOwned,
  superviseUnwritable,
  serviceDirUnwritable,
  serviceDirUnsearchable,
  controlNotFifo,
  superviseIsFile,
  superviseSymlinkBroken,
  superviseShared,
  superviseStale,
  statusBadFormat,
  statusLies,
  superviseRemovedLive,
  lockHeldByOtherRunsv,
  lockHeldByOtherProgram,
  logLockHeld,
  fifoReaderSteals,
  copiedSupervise,
  runsvdirNotRunning,
  twoRunsvdirs,
  orphanRunsv,
  orphanDaemon,
  runsvdirAsRoot,
  runsvStopped,
  runsvdirStopped,
  runsvdirWrongDirectory,
  removedServiceStillRunning,
  terminalHupInt,
  supervisorClosedOutput,
  nprocLimit,
  nofileLimit,
  supervisorLimits,
  supervisorUmask,
  tooManyServices,
  symlinkDangling,
  rescanNeeded,
  symlinkLoop,
  symlinkToFile,
  symlinkChain,
  symlinkTwoNames,
  linkOtherService,
  serviceRenamed,
  serviceNotLinked,
  lnInsideItself,
  linkToServiceAll,
  serviceIsRealDirectory,
  serviceBackupCopy,
  serviceNameDotted,
  serviceNameOdd,
  serviceFileMisnamed,
  serviceGuiMissing,
  serviceGuiEmpty,
  serviceGuiUnreadable,
  logRunMissing,
  logRunNotExecutable,
  logIsFile,
  logSymlinkDangling,
  logAddedWhileRunning,
  logRemovedWhileRunning,
  logDirMissing,
  logDirUnwritable,
  logDirIsFile,
  logDirLocked,
  logRunNoExec,
  logInputElsewhere,
  logNotReading,
  logFlood,
  logFlapping,
  logNoStderr,
  redirectOrder,
  logSvlogdUsage,
  logConfigUnreadable,
  logConfigDropsAll,
  logConfigBad,
  logConfigNotReloaded,
  logProcessorFails,
  logDown,
  logPaused,
  logUncleanLeftovers,
  logCurrentRemoved,
  logDirOnTmpfs,
  diskFullLogs,
  rpNoise,
  downFilePresent,
  downByHand,
  finishNotExecutable,
  finishHangs,
  checkNotExecutable,
  helperBroken,
  checkHangs,
  controlScriptSwallows,
  downSymlinkLoop,
  svlMissing,
  svlNotOnPath,
  svlWrongDir,
  svlBrokenArg,
  svlDropsArguments,
  svlNameClash,
  svInsteadOfSvl,
  svWrongUser,
  placeholderUsername,
  runnerMissing,
  runnerShortLog,
  runnerLogTwoWords,
  runnerNoLog,
  runnerArgsOrder,
  runnerNoP,
  runnerNoExec,
  runnerRelativeDir,
  runnerPathLacksRunsv,
  runitNotInstalled,
  hookMissing,
  hookAfterExec,
  hookNotBackgrounded,
  hookWrongSessionFile,
  hookBeforeEnvironment,
  displayMissing,
  displayStale,
  twoSessions,
  xinitrcCrlf,
  diskFullHome,
  inodesFull,
  readOnlyFs,
  fsWithoutFifos,
  fsWithoutLocks,
  clockSetBack,
];

export const checksById: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));
