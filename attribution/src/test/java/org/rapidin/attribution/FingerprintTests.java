package org.rapidin.attribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.compression.RandomProjection;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.compression.TrackStar;

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

  /** Methods with the same options are different attributors, as are different options. */
  @Test
  void coversTheCompression() {
    List<Compression> compressions =
        List.of(
            new RapidGrad(4096, 1),
            new RandomProjection(4096, 1),
            new RandomProjection(4096, 2),
            new RandomProjection(2048, 1),
            new LmHead(4096, 1),
            new LmHead(4096, 2),
            new Identity(4096),
            new Identity(2048),
            new Logra(64, Modules.ALL, 1, 4096),
            new Logra(32, Modules.ALL, 1, 4096),
            new Logra(64, Modules.ALL, 2, 4096),
            new Logra(64, Modules.MLP, 1, 4096),
            new Logra(64, new Modules(List.of("a")), 1, 4096),
            components("p", "0a"),
            components("p", "0b"));
    assertEquals(
        compressions.size(),
        compressions.stream()
            .map(compression -> Fingerprint.of(spec(42).with(compression), FILES))
            .distinct()
            .count());
    String identity =
        new String(Fingerprint.canonicalBytes(spec(42).with(new Identity(7)), FILES), UTF_8);
    assertTrue(identity.contains("{\"dimension\":7,\"method\":\"identity\"}"), identity);
    String logra =
        new String(
            Fingerprint.canonicalBytes(spec(42).with(new Logra(2, Modules.ALL, 1, 7)), FILES),
            UTF_8);
    assertTrue(
        logra.contains("{\"dimension\":7,\"method\":\"logra\",\"rank\":2,\"seed\":1}"), logra);
  }

  private static Logra components(String id, String digest) {
    return new Logra(64, Modules.ALL, Optional.of(new ArtefactReference(id, digest)), 0, 4096);
  }

  @Test
  void coversTheCorrectionsOfTrackstar() {
    List<Compression> compressions =
        List.of(
            new TrackStar(4096, false, true, 1),
            new TrackStar(4096, true, true, 1),
            new TrackStar(4096, false, false, 1),
            new TrackStar(4096, false, true, 2),
            new TrackStar(4096, false, true, 1).with(new ArtefactReference("r", "0a")),
            new TrackStar(4096, false, true, 1).with(new ArtefactReference("r", "0b")));
    AttributorSpec unnormalized =
        AttributorSpecFormat.fromMap(
            Map.of(
                "model",
                "demo",
                "normalization",
                "none",
                "score_scale",
                1,
                "template",
                Map.of("completion", "{{text}}")));
    assertEquals(
        compressions.size(),
        compressions.stream()
            .map(compression -> Fingerprint.of(unnormalized.with(compression), FILES))
            .distinct()
            .count());
    String first =
        new String(
            Fingerprint.canonicalBytes(unnormalized.with(compressions.getFirst()), FILES), UTF_8);
    assertTrue(
        first.contains(
            "{\"autocorrelation\":\"none\",\"dimension\":4096,\"method\":\"trackstar\",\"second_moment\":\"none\",\"seed\":1,\"unit_norm\":true}"),
        first);
  }
}
