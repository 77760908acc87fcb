const { node } = process.versions;
const [major = 0, minor = 0] = node.split('.').map(Number);

// The least version is that of package.json and of the scripts in bin, which load nothing before they ask.
if (major < 20 || (major === 20 && minor < 19)) {
  throw new Error(
    `tsrootwrap needs Node 20.19 or newer, and ${process.execPath} is ${node}: run this program with a newer one`,
  );
}
