package org.rapidin.plugin.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.lucene.store.ByteBuffersDataInput;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.scorer.ElementType;

/** What stored fields are not searched for repetitions. */
public class Base64NoiseTests extends OpenSearchTestCase {
  private static final int DIMENSION = 20_000;

  public void testRowsInBase64AreNoiseWhereverABlockBegins() throws IOException {
    for (ElementType type : ElementType.values()) {
      float[] vector = gaussian(1);
      // As where few parameters are added up to a number.
      for (int run = 0; run < DIMENSION; run += 3_000) {
        Arrays.fill(vector, run, run + 100, 0);
      }
      String row = base64(type.encode(vector));
      int length = 7_600;
      int noise = 0;
      for (int i = 0; i < 1_000; i++) {
        int start = random().nextInt(row.length() - length);
        noise += isNoise(row.substring(start, start + length)) ? 1 : 0;
      }
      // In the others, two samples are in runs of zeros.
      assertTrue(type + ": " + noise, noise > 900);
    }
  }

  public void testWhatCanBeCompressedIsNot() throws IOException {
    float[] sparse = gaussian(1);
    for (int i = 0; i < sparse.length; i++) {
      sparse[i] *= i % 4 == 0 ? 1 : 0;
    }
    byte[] noise = new byte[3_000];
    new Random(random().nextLong()).nextBytes(noise);
    for (String text :
        List.of(
            "the quick brown Fox jumps over 13 lazy dogs, ".repeat(100),
            "theQuickBrownFoxJumpsOver13LazyDogs".repeat(100),
            HexFormat.of().formatHex(noise),
            "{\"numbers\":[0.123456789,-3.1415926,2.71828E-12]}".repeat(100),
            base64(new byte[4_000]),
            base64(ElementType.FLOAT16.encode(sparse)),
            base64(noise) + " and words at the end",
            "words at the beginning, and " + base64(noise))) {
      assertFalse(text.substring(0, 60), isNoise(text));
    }
  }

  public void testFewBytesAreNot() throws IOException {
    String row = base64(ElementType.FLOAT16.encode(gaussian(1)));
    for (int length = 0; length < 256; length++) {
      assertFalse(isNoise(row.substring(0, length)));
    }
    assertTrue(isNoise(row.substring(0, 256)));
  }

  private static boolean isNoise(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    ByteBuffersDataInput in = new ByteBuffersDataInput(List.of(ByteBuffer.wrap(bytes)));
    return Base64Noise.is(in, 0, bytes.length);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static float[] gaussian(long seed) {
    Random random = new Random(seed);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }
}
