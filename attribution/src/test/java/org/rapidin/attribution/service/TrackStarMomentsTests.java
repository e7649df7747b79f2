package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.MomentsFile;
import org.rapidin.attribution.model.file.MomentsFile.Moments;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.model.weights.WeightCache;

/** What follows from the file of second moments besides vectors. */
class TrackStarMomentsTests extends TrackStarTestCase {
  /** Gradients that are multiplied out and divided take more memory than factors. */
  @Test
  void passesReserveWhatDivisionTakes() throws Exception {
    AttributorSpec with = spec(method(500, true, true), List.of());
    AttributorSpec without = spec(method(500, false, true), List.of());
    assertEquals(
        with.compression().passBytes(layout(with)),
        reservedInAPass(with) - reservedInAPass(without));
    assertTrue(with.compression().passBytes(layout(with)) > 16 << 20);
  }

  private long reservedInAPass(AttributorSpec spec) throws Exception {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    AtomicLong reserved = new AtomicLong();
    try (Attributor attributor = open(spec, cache)) {
      attributor.documents(
          samples(3),
          () -> {
            reserved.accumulateAndGet(cache.budget().usage().reservedBytes(), Math::max);
            return false;
          });
    }
    return reserved.get();
  }

  @Test
  void theFileIsPartOfTheFingerprintWhereItIsUsed() throws Exception {
    FileDigests digests = new FileDigests();
    AttributorSpec with = spec(method(500, true, true), List.of());
    AttributorSpec without = spec(method(500, false, true), List.of());
    String before = Fingerprint.of(with, ModelCheck.digests(directory(with), digests, with));
    String other = Fingerprint.of(without, ModelCheck.digests(directory(with), digests, without));
    MomentsFile.write(
        root.resolve(TinyModelDirectory.MODEL),
        Map.of("other", new Moments(List.of(1L), new float[] {1})));
    assertNotEquals(
        before, Fingerprint.of(with, ModelCheck.digests(directory(with), digests, with)));
    assertEquals(
        other, Fingerprint.of(without, ModelCheck.digests(directory(with), digests, without)));
  }
}
