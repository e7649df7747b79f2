package org.rapidin.plugin.guard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.core.xcontent.MediaTypeRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.ingest.PendingVector;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.mapper.VectorEnvelope;
import org.rapidin.scorer.ElementType;

/**
 * Replaces placeholders by the vectors that the bulk holds, once the documents' index is known. A
 * vector may only go into a gradient field, and in the form that the field stores.
 *
 * @param mappings which fields take vectors
 * @param index the documents' index
 * @param held the bulk's vectors
 */
record VectorBinding(GradientMappings mappings, IndexMetadata index, VectorReservation held) {

  /**
   * Replaces every placeholder of a document.
   *
   * @throws IllegalArgumentException if one is at a field that does not take vectors, or its vector
   *     is no longer held
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException if the field stores more
   *     bytes than were reserved, and there is no room for them
   */
  void bind(IndexRequest document) throws IOException {
    Map<String, Object> source =
        XContentHelper.convertToMap(document.source(), true, document.getContentType()).v2();
    // By placeholder: a processor may have copied it into a second field.
    Map<String, PendingVector> taken = new HashMap<>();
    source.replaceAll((name, value) -> bound(name, value, taken));
    int room =
        document.source().length() + taken.values().stream().mapToInt(VectorBinding::room).sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(room);
    try (XContentBuilder builder =
        MediaTypeRegistry.contentBuilder(document.getContentType(), bytes)) {
      document.source(builder.map(source));
    }
  }

  /** Bytes of a vector in base64, for which the buffer need not grow where it is float16. */
  private static int room(PendingVector vector) {
    return 3 * vector.vector().dimension();
  }

  @SuppressWarnings("unchecked")
  private Object bound(String path, Object value, Map<String, PendingVector> taken) {
    return switch (value) {
      case Map<?, ?> map -> {
        ((Map<String, Object>) map)
            .replaceAll((name, inner) -> bound(path + "." + name, inner, taken));
        yield map;
      }
      case List<?> list ->
          list.stream().map(item -> bound(path, item, taken)).collect(Collectors.toList());
      case String text when held.isPlaceholder(text) -> value(envelope(path, text, taken));
      case null, default -> value;
    };
  }

  /**
   * Returns the bytes as a document holds them: base64 in JSON, which the JDK encodes several times
   * as fast as the JSON generator.
   */
  static ToXContent value(byte[] bytes) {
    return (builder, params) -> {
      if (!builder.contentType().equals(MediaTypeRegistry.JSON)) {
        return builder.value(bytes);
      }
      byte[] base64 = Base64.getEncoder().encode(bytes);
      return builder.utf8Value(base64, 0, base64.length);
    };
  }

  private byte[] envelope(String path, String placeholder, Map<String, PendingVector> taken) {
    ElementType type =
        mappings
            .elementType(index, path)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "field [%s] of index [%s] is not of type [gradient_vector], and the rapidgrad processor's vector can be stored in no other: add the field to the mapping of the index or its template, or name another one in the processor's target_field"
                            .formatted(path, index.getIndex().getName())));
    PendingVector vector = taken.computeIfAbsent(placeholder, this::take);
    int dimension = vector.vector().dimension();
    held.resize(
        VectorReservation.bytesPerDocument(ElementType.FLOAT16, dimension),
        VectorReservation.bytesPerDocument(type, dimension));
    return new VectorEnvelope(
            vector.attributor().id(),
            new VectorOrigin(vector.attributor().fingerprint(), vector.textDigest()),
            type,
            type.encode(vector.vector().values()))
        .toBytes();
  }

  private PendingVector take(String placeholder) {
    Optional<PendingVector> vector = held.take(placeholder);
    return vector.orElseThrow(
        () -> new IllegalArgumentException("the vector of the document is no longer held"));
  }
}
