package org.rapidin.attribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleTests {

  @Test
  void theDigestIsStoredInIndicesAndMustNotChange() {
    // i = lambda n: n.to_bytes(4, 'big')
    // hashlib.sha256(i(6) + i(1) + i(2) + i(7) + b'prompt' + 'é'.encode()).hexdigest()
    Sample sample = new Sample("prompt", "é", List.of(new TextRange(2, 7)));
    assertEquals(
        "ff2a20ca537a9ba076ab8b3b419b68db9d2c4e286d451de15f19f8cb37b176f0",
        HexFormat.of().formatHex(sample.digest()));
  }

  @Test
  void anyOtherSplitOrTextHasAnotherDigest() {
    byte[] digest = new Sample("ab", "cd").digest();
    assertArrayEquals(digest, new Sample("ab", "cd").digest());
    assertFalse(Arrays.equals(digest, new Sample("abc", "d").digest()));
    assertFalse(Arrays.equals(digest, new Sample("", "abcd").digest()));
    assertFalse(Arrays.equals(digest, new Sample("ab", "ce").digest()));
    Sample fieldText = new Sample("ab", "cd", List.of(new TextRange(0, 2)));
    assertFalse(Arrays.equals(digest, fieldText.digest()));
  }
}
