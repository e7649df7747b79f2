package org.rapidin.plugin.codec;

import java.io.IOException;
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
 * search blocks for repetitions whose samples have none. OpenSearch keeps a document as it came,
 * with its vector in base64, until every copy of the shard has it: LZ4 would take a third of the
 * time of indexing a row of 65,536 numbers, and save nothing.
 */
final class SampledLz4 extends CompressionMode {
  private static final CompressionMode LUCENES = Lucene90StoredFieldsFormat.BEST_SPEED_MODE;

  // As in LZ4WithPresetDictCompressionMode: about ten blocks, a dictionary of half a block.
  private static final int BLOCKS = 10;
  private static final int BLOCKS_PER_DICTIONARY = 2;

  /** Bytes of a sample; of 512, English text repeats some, base64 of noise does not. */
  private static final int SAMPLE = 512;

  private static final int SAMPLES = 3;

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

  private static final class SampledCompressor extends Compressor {
    private final ByteBuffersDataOutput blocks = ByteBuffersDataOutput.newResettableInstance();
    private final ByteBuffersDataOutput sample = ByteBuffersDataOutput.newResettableInstance();
    private final LZ4.FastCompressionHashTable table = new LZ4.FastCompressionHashTable();
    private byte[] buffer = BytesRef.EMPTY_BYTES;

    @Override
    public void compress(ByteBuffersDataInput in, DataOutput out) throws IOException {
      int length = Math.toIntExact(in.length() - in.position());
      int dictionary = Math.min(LZ4.MAX_DISTANCE, length / (BLOCKS * BLOCKS_PER_DICTIONARY));
      int block = Math.ceilDiv(length - dictionary, BLOCKS);
      buffer = ArrayUtil.growNoCopy(buffer, dictionary + block);
      out.writeVInt(dictionary);
      out.writeVInt(block);
      blocks.reset();
      in.readBytes(buffer, 0, dictionary);
      out.writeVInt(compress(0, dictionary));
      for (int start = dictionary; start < length; start += block) {
        int size = Math.min(block, length - start);
        in.readBytes(buffer, dictionary, size);
        out.writeVInt(compress(dictionary, size));
      }
      blocks.copyTo(out);
    }

    /** Compresses bytes of the buffer, after a dictionary; returns how many it writes. */
    private int compress(int dictionary, int length) throws IOException {
      long before = blocks.size();
      if (repeats(dictionary, length)) {
        LZ4.compressWithDictionary(buffer, 0, dictionary, length, blocks, table);
      } else {
        writeLiterals(dictionary, length);
      }
      return Math.toIntExact(blocks.size() - before);
    }

    /** Whether LZ4 shortens a sample at the beginning, in the middle, or at the end. */
    private boolean repeats(int from, int length) throws IOException {
      if (length < 2 * SAMPLES * SAMPLE) {
        return true;
      }
      for (int i = 0; i < SAMPLES; i++) {
        sample.reset();
        int at = from + (length - SAMPLE) / (SAMPLES - 1) * i;
        LZ4.compress(buffer, at, SAMPLE, sample, table);
        if (sample.size() < SAMPLE) {
          return true;
        }
      }
      return false;
    }

    /** One sequence of LZ4 without a match, as the last of every block is. */
    private void writeLiterals(int from, int length) throws IOException {
      blocks.writeByte((byte) (LONG_LITERALS << 4));
      int more = length - LONG_LITERALS;
      for (; more >= FULL_BYTE; more -= FULL_BYTE) {
        blocks.writeByte((byte) FULL_BYTE);
      }
      blocks.writeByte((byte) more);
      blocks.writeBytes(buffer, from, length);
    }

    @Override
    public void close() {}
  }
}
