package org.rapidin.plugin.dispatch;

import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.index.IndexingPressure;
import org.opensearch.indices.breaker.BreakerSettings;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.scorer.ElementType;

/** How many bytes of heap the vectors of running bulks may take on a node. */
public final class VectorMemory {
  /** The breaker's name in {@code _nodes/stats/breaker}. */
  public static final String BREAKER = "rapidin";

  // Any dimension gives the same ratio but for a few bytes.
  private static final int TYPICAL_DIMENSION = 65_536;

  // The rest of indexing pressure is left to the documents' own text and to other indices.
  private static final double SHARE_OF_INDEXING_PRESSURE = 0.8;

  /** {@code plugins.rapidin.memory.limit}: bytes, or a percentage of the heap. */
  public static final Setting<ByteSizeValue> LIMIT =
      Setting.memorySizeSetting(
          "plugins.rapidin.memory.limit",
          settings -> defaultLimit(settings).getStringRep(),
          Property.NodeScope);

  private VectorMemory() {}

  /**
   * As many vectors as OpenSearch's indexing pressure lets into the primary shards: it would refuse
   * more afterwards, by whole shard bulks, so more need not be computed.
   */
  static ByteSizeValue defaultLimit(Settings settings) {
    double accepted =
        SHARE_OF_INDEXING_PRESSURE * IndexingPressure.MAX_INDEXING_BYTES.get(settings).getBytes();
    double vectors =
        accepted / VectorReservation.base64Bytes(ElementType.FLOAT16, TYPICAL_DIMENSION);
    return new ByteSizeValue(
        (long)
            (vectors * VectorReservation.bytesPerDocument(ElementType.FLOAT16, TYPICAL_DIMENSION)));
  }

  /** The settings of the breaker that counts them. */
  public static BreakerSettings breakerSettings(Settings settings) {
    return new BreakerSettings(
        BREAKER,
        LIMIT.get(settings).getBytes(),
        1.0,
        CircuitBreaker.Type.MEMORY,
        CircuitBreaker.Durability.TRANSIENT);
  }
}
