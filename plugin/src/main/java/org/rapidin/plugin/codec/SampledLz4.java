package org.rapidin.plugin.codec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.codecs.compressing.CompressionMode;
import org.apache.lucene.codecs.compressing.Compressor;
import org.apache.lucene.codecs.compressing.Decompressor;
import org.apache.lucene.codecs.lucene90.Lucene90StoredFieldsFormat;
import org.apache.lucene.store.ByteBuffersDataInput;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.DataOutput;
import org.apache.lucene.util.ArrayUtil;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.compress.LZ4;

/**
 * Writes what Lucene's mode for stored fields reads, LZ4 with a preset dictionary, but does not
 * search blocks for repetitions that look like {@link Base64Noise}. OpenSearch keeps a document as
 * it came, with its vector in base64, until every copy of the shard has it: LZ4 would take a third
 * of the time of indexing a row of 65,536 numbers, and save nothing. Such blocks are copied to the
 * file from where Lucene buffers them.
 */
final class SampledLz4 extends CompressionMode {
  private static final CompressionMode LUCENES = Lucene90StoredFieldsFormat.BEST_SPEED_MODE;

  // As in LZ4WithPresetDictCompressionMode: about ten blocks, a dictionary of half a block.
  private static final int BLOCKS = 10;
  private static final int BLOCKS_PER_DICTIONARY = 2;

  // LZ4's token: four bits of the number of literals, and bytes that continue it.
  private static final int LONG_LITERALS = 15;
  private static final int FULL_BYTE = 255;

  @Override
  public Compressor newCompressor() {
    return new SampledCompressor();
  }

  @Override
  public Decompressor newDecompressor() {
    return LUCENES.newDecompressor();
  }

  @Override
  public String toString() {
    return LUCENES.toString();
  }

  /**
   * A part of the input that is compressed by itself: the dictionary, or a block.
   *
   * @param start in the input
   * @param length bytes
   * @param compressed bytes of it in the buffer of compressed parts; 0 if it is written as it is
   */
  private record Part(long start, int length, int compressed) {
    int written() {
      return compressed > 0 ? compressed : 2 + (length - LONG_LITERALS) / FULL_BYTE + length;
    }
  }

  private static final class SampledCompressor extends Compressor {
    private final ByteBuffersDataOutput compressed = ByteBuffersDataOutput.newResettableInstance();
    private final LZ4.FastCompressionHashTable table = new LZ4.FastCompressionHashTable();
    private byte[] buffer = BytesRef.EMPTY_BYTES;

    @Override
    public void compress(ByteBuffersDataInput in, DataOutput out) throws IOException {
      long start = in.position();
      int length = Math.toIntExact(in.length() - start);
      int dictionary = Math.min(LZ4.MAX_DISTANCE, length / (BLOCKS * BLOCKS_PER_DICTIONARY));
      int block = Math.ceilDiv(length - dictionary, BLOCKS);
      out.writeVInt(dictionary);
      out.writeVInt(block);
      compressed.reset();
      List<Part> parts = parts(in, start, length, dictionary, block);
      for (Part part : parts) {
        out.writeVInt(part.written());
      }
      ByteBuffersDataInput results = compressed.toDataInput();
      for (Part part : parts) {
        if (part.compressed > 0) {
          out.copyBytes(results, part.compressed);
        } else {
          writeLiterals(in, part, out);
        }
      }
    }

    private List<Part> parts(
        ByteBuffersDataInput in, long start, int length, int dictionary, int block)
        throws IOException {
      buffer = ArrayUtil.growNoCopy(buffer, dictionary + block);
      in.readBytes(start, buffer, 0, dictionary);
      List<Part> parts = new ArrayList<>(BLOCKS + 1);
      parts.add(part(in, start, 0, dictionary));
      for (int at = dictionary; at < length; at += block) {
        parts.add(part(in, start + at, dictionary, Math.min(block, length - at)));
      }
      return parts;
    }

    private Part part(ByteBuffersDataInput in, long start, int dictionary, int length)
        throws IOException {
      if (Base64Noise.is(in, start, length)) {
        return new Part(start, length, 0);
      }
      long before = compressed.size();
      in.readBytes(start, buffer, dictionary, length);
      LZ4.compressWithDictionary(buffer, 0, dictionary, length, compressed, table);
      return new Part(start, length, Math.toIntExact(compressed.size() - before));
    }

    /** One sequence of LZ4 without a match, as the last of every block is. */
    private static void writeLiterals(ByteBuffersDataInput in, Part part, DataOutput out)
        throws IOException {
      out.writeByte((byte) (LONG_LITERALS << 4));
      int more = part.length - LONG_LITERALS;
      for (; more >= FULL_BYTE; more -= FULL_BYTE) {
        out.writeByte((byte) FULL_BYTE);
      }
      out.writeByte((byte) more);
      in.seek(part.start);
      out.copyBytes(in, part.length);
    }

    @Override
    public void close() {}
  }
}
