package org.rapidin.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SampleTests {

  @Test
  void theDigestIsStoredInIndicesAndMustNotChange() {
    // hashlib.sha256((6).to_bytes(4, 'big') + b'prompt' + 'é'.encode()).hexdigest()
    assertEquals(
        "c84ce36eb52ea03acde30a7fe3aa0c1beaf894610a8bea1a39a0e4b2bfad41ea",
        HexFormat.of().formatHex(new Sample("prompt", "é").digest()));
  }

  @Test
  void anyOtherSplitOrTextHasAnotherDigest() {
    byte[] digest = new Sample("ab", "cd").digest();
    assertArrayEquals(digest, new Sample("ab", "cd").digest());
    assertFalse(Arrays.equals(digest, new Sample("abc", "d").digest()));
    assertFalse(Arrays.equals(digest, new Sample("", "abcd").digest()));
    assertFalse(Arrays.equals(digest, new Sample("ab", "ce").digest()));
  }
}
