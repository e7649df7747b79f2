package org.rapidin.plugin.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.GradientKey;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.mapper.PinnedAttributor;

/**
 * Remembers under which keys the gradients of sets are kept on this node, so that the next page of
 * a search does not combine them again. The vectors are where those of all queries are, and go with
 * them. Safe for many threads.
 */
final class KeptSets {
  private static final int MAX = 256;

  private final GradientHandles handles;
  // Least recently used first.
  private final Map<String, GradientKey> keys = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param handles keeps the gradients
   */
  KeptSets(GradientHandles handles) {
    this.handles = handles;
  }

  /**
   * Returns the name of a set: SHA-256 in hex, so that no text is kept.
   *
   * @param pins of the field: the attributor that computes its gradients, by id and fingerprint,
   *     because equal attributors may have pipelines of their own
   * @param preconditioner digest of the artefact that they are multiplied with, or null
   * @param unit whether each of its vectors is divided by its norm
   */
  static String name(
      GenerationSet set, PinnedAttributor pins, String preconditioner, boolean unit) {
    try (BytesStreamOutput bytes = new BytesStreamOutput()) {
      bytes.writeString(pins.attributor());
      bytes.writeString(pins.fingerprint());
      bytes.writeOptionalString(preconditioner);
      bytes.writeBoolean(unit);
      set.writeTo(bytes);
      byte[] hash = MessageDigests.sha256().digest(BytesReference.toBytes(bytes.bytes()));
      return HexFormat.of().formatHex(hash);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the gradient of a set, if it is still here. */
  Optional<ResolvedGradient> find(String name) {
    GradientKey key;
    synchronized (keys) {
      key = keys.get(name);
    }
    return Optional.ofNullable(key).flatMap(handles::find).map(HeldGradient::gradient);
  }

  /** Remembers where the gradient of a set is. */
  void remember(String name, GradientKey key) {
    synchronized (keys) {
      keys.put(name, key);
      if (keys.size() > MAX) {
        keys.remove(keys.keySet().iterator().next());
      }
    }
  }
}
