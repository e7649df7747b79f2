package org.rapidin.plugin.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;

/**
 * Bytes are on the breaker, gradients in use stay, and the rest goes in the order of its last use.
 */
class GradientStoreTests {
  private static final int DIMENSION = 256;
  private static final long BYTES = DIMENSION * 4L;
  private static final long TIME_TO_LIVE = 1_000;

  private final CountingBreaker breaker = new CountingBreaker(10 * BYTES);
  private final AtomicLong clock = new AtomicLong();
  private final GradientStore store = new GradientStore(() -> breaker, clock::get, TIME_TO_LIVE);

  /** A limit and a count, without parent and logger. */
  private static final class CountingBreaker extends NoopCircuitBreaker {
    private final long limit;
    private long used;

    CountingBreaker(long limit) {
      super("rapidin");
      this.limit = limit;
    }

    @Override
    public double addEstimateBytesAndMaybeBreak(long bytes, String label) {
      if (used + bytes > limit) {
        throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
      }
      used += bytes;
      return used;
    }

    @Override
    public long addWithoutBreaking(long bytes) {
      used += bytes;
      return used;
    }

    @Override
    public long getLimit() {
      return limit;
    }
  }

  @Test
  void gradientsInUseStayAndMoreIsRefused() {
    List<Releasable> uses = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      uses.add(store.add(held(i)));
    }
    assertThrows(CircuitBreakingException.class, () -> store.add(held(10)));
    assertEquals(10 * BYTES, breaker.used);
    for (int i = 0; i < 10; i++) {
      assertTrue(store.find(key(i)).isPresent());
    }
    uses.get(3).close();
    uses.get(3).close();
    store.add(held(10));
    assertFalse(store.find(key(3)).isPresent());
    assertTrue(store.find(key(4)).isPresent());
    assertEquals(10 * BYTES, breaker.used);
  }

  @Test
  void unusedGradientsTakeAQuarterAndTheLeastRecentlyUsedGoesFirst() {
    store.add(held(0)).close();
    store.add(held(1)).close();
    store.find(key(0));
    store.add(held(2)).close();
    assertEquals(2 * BYTES, breaker.used);
    assertTrue(store.find(key(0)).isPresent());
    assertFalse(store.find(key(1)).isPresent());
    assertTrue(store.find(key(2)).isPresent());
  }

  @Test
  void everyUseCounts() {
    Releasable first = store.add(held(0));
    Releasable second = store.use(key(0)).orElseThrow();
    first.close();
    clock.set(TIME_TO_LIVE);
    store.expire();
    assertTrue(store.find(key(0)).isPresent());
    second.close();
    clock.set(2 * TIME_TO_LIVE - 1);
    store.expire();
    assertTrue(store.find(key(0)).isPresent());
    clock.set(4 * TIME_TO_LIVE);
    store.expire();
    assertFalse(store.find(key(0)).isPresent());
    assertEquals(0, breaker.used);
    assertFalse(store.use(key(0)).isPresent());
  }

  @Test
  void tokensAreAddedToTheGradientTheyBelongTo() {
    Releasable use = store.add(held(0));
    TokenVectors tokens = new TokenVectors(List.of(new float[DIMENSION], new float[DIMENSION]));
    store.add(held(0).with(tokens)).close();
    assertEquals(3 * BYTES, breaker.used);
    assertEquals(3 * BYTES, store.bytes());
    store.add(held(0)).close();
    assertEquals(Optional.of(tokens), store.find(key(0)).orElseThrow().tokens());
    use.close();
    assertEquals(0, breaker.used);
    TokenVectors many = new TokenVectors(List.of(new float[8 * DIMENSION]));
    Releasable again = store.add(held(1));
    assertThrows(
        CircuitBreakingException.class,
        () -> store.add(held(1).with(new TokenVectors(List.of(new float[20 * DIMENSION])))));
    store.add(held(1).with(many)).close();
    assertEquals(9 * BYTES, breaker.used);
    again.close();
    assertEquals(0, breaker.used);
  }

  @Test
  void aKeyIsOfTheContentAlone() {
    assertEquals(key(0), GradientKey.of(gradient(0, "f", "a"), false));
    assertFalse(key(0).equals(GradientKey.of(gradient(0, "g", "a"), false)));
    assertFalse(key(0).equals(GradientKey.of(gradient(0, "f", "b"), false)));
    assertFalse(key(0).equals(GradientKey.of(gradient(1, "f", "a"), false)));
    assertFalse(key(0).equals(GradientKey.of(gradient(0, "f", "a"), true)));
    assertEquals(64, key(0).toString().length());
  }

  private static GradientKey key(int seed) {
    return held(seed).handle().key();
  }

  private static HeldGradient held(int seed) {
    ResolvedGradient gradient = gradient(seed, "f", "a");
    return new HeldGradient(
        new GradientHandle(GradientKey.of(gradient, false), "node"), gradient, Optional.empty());
  }

  private static ResolvedGradient gradient(int seed, String fingerprint, String token) {
    float[] vector = new float[DIMENSION];
    Random random = new Random(seed);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextFloat();
    }
    return new ResolvedGradient(
        new QueryVector(vector), "demo", fingerprint, null, List.of(new QueryToken(token, true)));
  }
}
