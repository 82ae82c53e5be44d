/** WAV files: most kinds in, 16-bit PCM out. */

export interface Audio {
  sampleRate: number;
  channels: Int16Array[];
}

const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

/** @throws Error that says what is wrong with the file. */
export function readWav(file: Buffer): Audio {
  if (
    file.length < 12 ||
    file.toString('latin1', 0, 4) !== 'RIFF' ||
    file.toString('latin1', 8, 12) !== 'WAVE'
  )
    throw new Error('not a WAV file');
  let format: { code: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, Math.min(at + 8 + size, file.length));
    if (id === 'fmt ') {
      const code = body.readUInt16LE(0);
      format = {
        code: code === FORMAT_EXTENSIBLE ? body.readUInt16LE(24) : code,
        channels: body.readUInt16LE(2),
        sampleRate: body.readUInt32LE(4),
        bits: body.readUInt16LE(14),
      };
    }
    if (id === 'data') {
      if (format === undefined) throw new Error('the WAV file has no format block before its data');
      return { sampleRate: format.sampleRate, channels: splitChannels(body, format) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('the WAV file holds no data');
}

function splitChannels(body: Buffer, format: { code: number; channels: number; bits: number }): Int16Array[] {
  const read = sampleReader(format.code, format.bits);
  const width = format.bits / 8;
  const frames = Math.floor(body.length / (width * format.channels));
  return Array.from({ length: format.channels }, (_, channel) => {
    const samples = new Int16Array(frames);
    for (let i = 0; i < frames; i++)
      samples[i] = Math.max(
        -32_768,
        Math.min(32_767, Math.round(read(body, (i * format.channels + channel) * width))),
      );
    return samples;
  });
}

function sampleReader(code: number, bits: number): (body: Buffer, at: number) => number {
  if (code === FORMAT_PCM && bits === 8) return (body, at) => (body.readUInt8(at) - 128) * 256;
  if (code === FORMAT_PCM && bits === 16) return (body, at) => body.readInt16LE(at);
  if (code === FORMAT_PCM && bits === 24) return (body, at) => body.readIntLE(at, 3) / 256;
  if (code === FORMAT_PCM && bits === 32) return (body, at) => body.readInt32LE(at) / 65_536;
  if (code === FORMAT_FLOAT && bits === 32) return (body, at) => body.readFloatLE(at) * 32_767;
  throw new Error(
    `WAV encoding ${code} with ${bits} bits is not supported; use PCM of 8 to 32 bits or 32-bit float`,
  );
}

export function writeWav(audio: Audio): Buffer {
  const { channels, sampleRate } = audio;
  const frames = Math.max(0, ...channels.map((channel) => channel.length));
  const blockAlign = channels.length * 2;
  const file = Buffer.alloc(HEADER_BYTES + frames * blockAlign);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(FORMAT_PCM, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * blockAlign, 28);
  file.writeUInt16LE(blockAlign, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(frames * blockAlign, 40);
  channels.forEach((channel, c) => {
    for (let i = 0; i < frames; i++)
      file.writeInt16LE(channel[i] ?? 0, HEADER_BYTES + i * blockAlign + c * 2);
  });
  return file;
}
