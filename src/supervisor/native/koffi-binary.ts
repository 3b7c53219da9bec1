/**
 * Stands for the package `koffi` in the bundled programs (scripts/build.mjs): loads its binary at once, where
 * koffi's own loader reads six files and asks the system a hundred things first, which costs a start 10 ms. Where the
 * binary is not where it is expected, or does not fit, the loader has its way.
 */
import type koffi from 'koffi';

function loadBinary(): typeof koffi | undefined {
  const { platform, arch } = process;
  const binary = `@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`;
  // Beside dist/, or where npm has put it for all.
  for (const folder of [`${__dirname}/../node_modules`, `${__dirname}/../..`]) {
    try {
      const found = { exports: {} };
      process.dlopen(found, `${folder}/${binary}`);
      return found.exports as typeof koffi;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** The name is kept from the bundler, which would put this file in its place. */
const loader: string = 'koffi';
export default loadBinary() ?? (require(loader) as typeof koffi);
