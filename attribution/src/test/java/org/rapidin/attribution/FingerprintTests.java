package org.rapidin.attribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FingerprintTests {
  private static final SortedMap<String, String> FILES =
      new TreeMap<>(Map.of("config.json", "aa", "lora/adapter_model.safetensors", "bb"));

  private static AttributorSpec spec(int seed) {
    return AttributorSpecFormat.fromMap(
        Map.of(
            "model", "demo",
            "template", Map.of("completion", "{{text}}"),
            "compression", Map.of("seed", seed)));
  }

  @Test
  void bytesAreCanonical() {
    assertEquals(
        "{\"files\":{\"config.json\":\"aa\",\"lora/adapter_model.safetensors\":\"bb\"},"
            + "\"spec\":{\"compression\":{\"dimension\":65536,\"method\":\"rapidgrad\",\"seed\":42},"
            + "\"max_tokens\":512,\"model\":\"demo\",\"normalization\":\"layer\","
            + "\"parameters\":\"linear\",\"similarity\":\"dot_product\","
            + "\"template\":{\"completion\":\"{{text}}\",\"prompt\":\"\"}},\"version\":1}",
        new String(Fingerprint.canonicalBytes(spec(42), FILES), UTF_8));
  }

  /** As {@link #bytesAreCanonical} shows, the default changes no fingerprint. */
  @Test
  void coversWhereSpecialTokensAreRead() {
    AttributorSpec everywhere =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                "demo",
                "special_tokens",
                "everywhere",
                "template",
                Map.of("completion", "{{text}}"),
                "compression",
                Map.of("seed", 42)));
    assertNotEquals(Fingerprint.of(spec(42), FILES), Fingerprint.of(everywhere, FILES));
  }

  @Test
  void coversTheSpecAndTheFiles() {
    String fingerprint = Fingerprint.of(spec(42), FILES);
    assertEquals(64, fingerprint.length());
    assertEquals(fingerprint, Fingerprint.of(spec(42), new TreeMap<>(FILES)));
    assertNotEquals(fingerprint, Fingerprint.of(spec(43), FILES));
    TreeMap<String, String> changed = new TreeMap<>(FILES);
    changed.put("config.json", "ab");
    assertNotEquals(fingerprint, Fingerprint.of(spec(42), changed));
  }
}
