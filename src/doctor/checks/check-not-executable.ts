import { notExecutableCheck } from '../not-executable.ts';

export const check = notExecutableCheck({
  id: 'check-not-executable',
  file: 'check',
  explain: [
    'sv runs check to know whether a service is ready. One that cannot be started counts as passed, with a warning.',
    'By hand: chmod a+x ~/service_all/NAME/check',
  ],
  cause:
    'sv start, restart and check warn and take it for passed: they no longer tell whether the service is ready.',
});
