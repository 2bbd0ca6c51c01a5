// The browser of the tests: CHROMIUM, else the chromium of the PATH, where .ci/deps looks too.
import { execFileSync } from 'node:child_process';

export const executablePath = process.env.CHROMIUM ??
    execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trimEnd();
