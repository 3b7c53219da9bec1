/** The two marker lines: what is between them in a session file is homerun's, every other byte is the user's. */
export const HOOK_BEGIN = '# >>> homerun >>>';
export const HOOK_END = '# <<< homerun <<<';
