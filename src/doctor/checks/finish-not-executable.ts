import { notExecutableCheck } from '../not-executable.ts';

export const check = notExecutableCheck({
  id: 'finish-not-executable',
  file: 'finish',
  explain: [
    'finish is run each time run has ended, with its exit code and signal. runsv starts it when it can be read, so a finish without the x bit gives one error for each end.',
    'By hand: chmod a+x ~/service_all/NAME/finish',
  ],
  cause: 'runsv tries to start finish each time run ends, and cannot: what it should clean up stays.',
});
