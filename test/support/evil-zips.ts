import { crc32, deflateRawSync } from 'node:zlib';

export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  /** Unix mode; 0o120777 is a link. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** What the archive claims in place of the truth. */
  readonly claimedSize?: number;
  readonly claimedCrc?: number;
}

/** A ZIP archive byte by byte, so that it can say anything. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name as string);
    const content = entry.content ?? Buffer.from('content');
    const method = entry.method ?? 8;
    const data = method === 8 ? deflateRawSync(content) : content;
    const size = entry.claimedSize ?? content.length;
    const crc = entry.claimedCrc ?? crc32(content);
    const flags = (entry.flags ?? 0) | 0x800;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(((entry.mode ?? 0) * 0x1_0000) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    parts.push(local, name, data);
    directory.push(central, name);
    offset += local.length + name.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const GOOD: RawEntry = { name: 'good.jpg' };

/** Archives that must be refused as a whole, with the code that says why. */
export const EVIL_ZIPS: Readonly<Record<string, { readonly zip: () => Buffer; readonly code: string }>> = {
  'a way up': { zip: () => rawZip([GOOD, { name: '../evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'a way up in the middle': { zip: () => rawZip([GOOD, { name: 'a/../../evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'a way up with backslashes': { zip: () => rawZip([GOOD, { name: '..\\evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'an absolute path': { zip: () => rawZip([GOOD, { name: '/tmp/evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'a drive letter': { zip: () => rawZip([GOOD, { name: 'C:/evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'a network share': { zip: () => rawZip([GOOD, { name: '//host/share/evil.jpg' }]), code: 'ZIP_UNSAFE' },
  'a stream of a file': { zip: () => rawZip([GOOD, { name: 'good.jpg:evil' }]), code: 'ZIP_UNSAFE' },
  'a device of Windows': { zip: () => rawZip([GOOD, { name: 'nul.jpg' }]), code: 'ZIP_UNSAFE' },
  'a NUL in the name': { zip: () => rawZip([GOOD, { name: 'evil.jpg\0.txt' }]), code: 'ZIP_UNSAFE' },
  'an empty name': { zip: () => rawZip([GOOD, { name: '' }]), code: 'ZIP_UNSAFE' },
  'a symbolic link': {
    zip: () => rawZip([GOOD, { name: 'link.jpg', content: Buffer.from('/etc/passwd'), mode: 0o120_777 }]),
    code: 'ZIP_UNSAFE',
  },
  'a device': { zip: () => rawZip([GOOD, { name: 'device.jpg', mode: 0o060_666 }]), code: 'ZIP_UNSAFE' },
  'one name twice': { zip: () => rawZip([GOOD, GOOD]), code: 'ZIP_UNSAFE' },
  'one name twice in other case': { zip: () => rawZip([GOOD, { name: 'GOOD.JPG' }]), code: 'ZIP_UNSAFE' },
  'a file and a folder of one name': { zip: () => rawZip([GOOD, { name: 'good.jpg/' }]), code: 'ZIP_UNSAFE' },
  'an encrypted file': { zip: () => rawZip([GOOD, { name: 'secret.jpg', flags: 1 }]), code: 'ZIP_ENCRYPTED' },
  'strong encryption': { zip: () => rawZip([GOOD, { name: 'secret.jpg', flags: 0x41 }]), code: 'ZIP_ENCRYPTED' },
  'another compression': {
    zip: () => rawZip([GOOD, { name: 'odd.jpg', method: 12 }]),
    code: 'ZIP_UNSUPPORTED',
  },
  'a bomb by ratio': {
    zip: () => rawZip([{ name: 'bomb.jpg', content: Buffer.alloc(4 << 20) }]),
    code: 'ZIP_TOO_LARGE',
  },
  'a file that is too large': {
    zip: () => rawZip([GOOD, { name: 'large.jpg', claimedSize: 0x7fff_ffff }]),
    code: 'ZIP_TOO_LARGE',
  },
  'too many files': {
    zip: () => rawZip(Array.from({ length: 300 }, (_, i) => ({ name: `${i}.jpg` }))),
    code: 'ZIP_TOO_LARGE',
  },
  'more content than it claims': {
    zip: () => rawZip([{ name: 'liar.jpg', content: Buffer.alloc(50_000, 'x'), claimedSize: 10 }]),
    code: 'ZIP_DAMAGED',
  },
  'less content than it claims': {
    zip: () => rawZip([{ name: 'liar.jpg', content: Buffer.from('x'), claimedSize: 1000 }]),
    code: 'ZIP_DAMAGED',
  },
  'a wrong checksum': { zip: () => rawZip([{ name: 'bad.jpg', claimedCrc: 1 }]), code: 'ZIP_DAMAGED' },
  'half of an archive': {
    zip: () => {
      const whole = rawZip([GOOD, { name: 'other.jpg' }]);
      return whole.subarray(0, whole.length / 2);
    },
    code: 'ZIP_DAMAGED',
  },
  'no archive at all': { zip: () => Buffer.from('<html>Bad gateway</html>'), code: 'ZIP_DAMAGED' },
  nothing: { zip: () => Buffer.alloc(0), code: 'ZIP_DAMAGED' },
};
