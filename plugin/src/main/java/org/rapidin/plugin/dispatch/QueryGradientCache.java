package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Word;

/**
 * The gradients of recent queries; the least recently used is evicted first. Their bytes are
 * counted by a breaker; what it refuses is not cached. Safe for many threads.
 */
public final class QueryGradientCache {
  /** {@code plugins.rapidin.query_gradients.cache_size}: bytes, or a percentage of the heap. */
  public static final Setting<ByteSizeValue> SIZE =
      Setting.memorySizeSetting(
          "plugins.rapidin.query_gradients.cache_size", "1%", Property.NodeScope);

  private static final String LABEL = "<rapidin_query_gradients>";
  // Key, map entry, records: more than they take.
  private static final long BYTES_PER_ENTRY = 512;
  private static final long BYTES_PER_TOKEN = 128;

  private final long limitBytes;
  private final Supplier<CircuitBreaker> breaker;
  private final Map<String, QueryGradient> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long usedBytes;
  private long hits;
  private long misses;
  private long evictions;

  /**
   * What the cache holds and has done.
   *
   * @param entries gradients in it
   * @param bytes that they take
   */
  public record Stats(int entries, long bytes, long hits, long misses, long evictions)
      implements Writeable {
    static Stats read(StreamInput in) throws IOException {
      return new Stats(
          in.readVInt(), in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      out.writeVInt(entries);
      out.writeVLong(bytes);
      out.writeVLong(hits);
      out.writeVLong(misses);
      out.writeVLong(evictions);
    }
  }

  /**
   * @param limitBytes of all gradients in the cache
   * @param breaker counts them
   */
  public QueryGradientCache(long limitBytes, Supplier<CircuitBreaker> breaker) {
    this.limitBytes = limitBytes;
    this.breaker = breaker;
  }

  /** The gradient of this key, or null. */
  synchronized QueryGradient get(String key) {
    QueryGradient gradient = entries.get(key);
    if (gradient == null) {
      misses++;
    } else {
      hits++;
    }
    return gradient;
  }

  /** Keeps a gradient, unless it is larger than the cache or the breaker refuses its bytes. */
  synchronized void put(String key, QueryGradient gradient) {
    long bytes = bytes(gradient);
    if (bytes > limitBytes || entries.containsKey(key)) {
      return;
    }
    while (usedBytes + bytes > limitBytes) {
      evictEldest();
    }
    try {
      breaker.get().addEstimateBytesAndMaybeBreak(bytes, LABEL);
    } catch (CircuitBreakingException e) { // vectors that are being indexed have priority
      return;
    }
    entries.put(key, gradient);
    usedBytes += bytes;
  }

  private void evictEldest() {
    Iterator<QueryGradient> eldest = entries.values().iterator();
    long bytes = bytes(eldest.next());
    eldest.remove();
    usedBytes -= bytes;
    evictions++;
    breaker.get().addWithoutBreaking(-bytes);
  }

  private static long bytes(QueryGradient gradient) {
    long bytes = BYTES_PER_ENTRY + (long) Float.BYTES * gradient.vector().length;
    for (QueryGradient.Token token : gradient.tokens()) {
      bytes += BYTES_PER_TOKEN + (long) Character.BYTES * token.text().length();
      bytes += token.vector() == null ? 0 : (long) Float.BYTES * token.vector().length;
    }
    for (Word word : gradient.words()) {
      bytes += BYTES_PER_TOKEN + (long) Character.BYTES * word.text().length();
    }
    return bytes;
  }

  synchronized Stats stats() {
    return new Stats(entries.size(), usedBytes, hits, misses, evictions);
  }
}
