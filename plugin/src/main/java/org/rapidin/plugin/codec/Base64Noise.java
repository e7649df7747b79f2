package org.rapidin.plugin.codec;

import java.io.IOException;
import java.util.Arrays;
import org.apache.lucene.store.ByteBuffersDataInput;

/**
 * Tells base64 of a vector from text by a few samples: they have no characters but those of base64,
 * many different ones, and none often. Text has blanks; numbers, and words in one letter case, have
 * fewer characters; in base64 of many zeros {@code A} is frequent. Rows of small models have runs
 * of zeros, 3 % of the row or so, which are not worth a search.
 */
final class Base64Noise {
  private static final int SAMPLES = 8;

  /** Bytes of a sample. */
  private static final int SAMPLE = 32;

  /** Different characters of all samples: noise has nearly all 64. */
  private static final int DIFFERENT = 40;

  /** The largest count of one character, 4 on average: a whole sample may be in a run of zeros. */
  private static final int OFTEN = 48;

  private static final int ALPHABET = 64;
  private static final byte NONE = -1;
  private static final byte[] PLACES = places();

  private Base64Noise() {}

  /** Places of characters in the alphabet, by byte; both alphabets of RFC 4648. */
  private static byte[] places() {
    byte[] places = new byte[1 << Byte.SIZE];
    Arrays.fill(places, NONE);
    for (String alphabet :
        new String[] {
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        }) {
      for (int i = 0; i < alphabet.length(); i++) {
        places[alphabet.charAt(i)] = (byte) i;
      }
    }
    return places;
  }

  /**
   * Whether bytes are likely base64 of noise. False for fewer than 256.
   *
   * @param in is read at absolute positions, its own does not change
   * @param start of the bytes in it
   */
  static boolean is(ByteBuffersDataInput in, long start, int length) throws IOException {
    if (length < SAMPLES * SAMPLE) {
      return false;
    }
    byte[] samples = new byte[SAMPLES * SAMPLE];
    for (int i = 0; i < SAMPLES; i++) {
      long at = start + (long) (length - SAMPLE) * i / (SAMPLES - 1);
      in.readBytes(at, samples, i * SAMPLE, SAMPLE);
    }
    return isNoise(samples);
  }

  private static boolean isNoise(byte[] samples) {
    byte[] counts = new byte[ALPHABET];
    int different = 0;
    for (byte character : samples) {
      byte place = PLACES[Byte.toUnsignedInt(character)];
      if (place == NONE || ++counts[place] > OFTEN) {
        return false;
      }
      different += counts[place] == 1 ? 1 : 0;
    }
    return different >= DIFFERENT;
  }
}
