/** Which environment variables may be kept with their value: those that decide how daemons start, none that is secret. */

const KEPT =
  /^(HOME|USER|LOGNAME|SHELL|PATH|SVDIR|LANG|LANGUAGE|LC_[A-Z]+|TZ|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_[A-Z_]+|DBUS_SESSION_BUS_ADDRESS|SSH_AUTH_SOCK|PULSE_SERVER|PULSE_RUNTIME_PATH|PIPEWIRE_RUNTIME_DIR|ENV|BASH_ENV|LD_PRELOAD|LD_LIBRARY_PATH|TERM|DESKTOP_SESSION|SWAYSOCK|I3SOCK|WINDOWID)$/;

export function keptEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(env)
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, KEPT.test(name) ? value : null]),
  );
}

/** /proc/PID/environ. */
export function parseEnviron(text: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals > 0) env[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return env;
}
