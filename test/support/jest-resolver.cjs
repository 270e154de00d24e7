// Our sources import './x.js', as Node's ESM wants; under Jest the file beside it is './x.ts'.
module.exports = (request, options) => {
  const ours = !options.basedir.includes('node_modules');
  if (ours && /^\.{1,2}\/.*\.js$/.test(request)) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A plain JavaScript file: fall through to the request as written.
    }
  }
  return options.defaultResolver(request, options);
};
