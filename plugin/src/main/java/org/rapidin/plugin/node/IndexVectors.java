package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.plugin.lucene.VectorCounts;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * How many documents of each index have a vector, by who made it.
 *
 * @param counts index → gradient field → counts
 */
public record IndexVectors(SortedMap<String, SortedMap<String, VectorCounts>> counts)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 1;

  /** Reads what {@link #writeTo} wrote. */
  static IndexVectors read(StreamInput in) throws IOException {
    return VersionedBody.read(
        in,
        (version, body) ->
            new IndexVectors(
                new TreeMap<>(
                    body.readMap(
                        StreamInput::readString,
                        fields ->
                            new TreeMap<>(
                                fields.readMap(
                                    StreamInput::readString, IndexVectors::readCounts))))));
  }

  private static VectorCounts readCounts(StreamInput in) throws IOException {
    return new VectorCounts(
        in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body ->
            body.writeMap(
                counts,
                StreamOutput::writeString,
                (o, fields) ->
                    o.writeMap(fields, StreamOutput::writeString, IndexVectors::writeCounts)));
  }

  private static void writeCounts(StreamOutput out, VectorCounts counts) throws IOException {
    out.writeVLong(counts.missing());
    out.writeVLong(counts.current());
    out.writeVLong(counts.stale());
    out.writeVLong(counts.foreign());
    out.writeVLong(counts.unrecorded());
  }

  /** Returns the sums over several nodes, whose shards are different ones. */
  public static IndexVectors sum(Iterable<IndexVectors> nodes) {
    SortedMap<String, SortedMap<String, VectorCounts>> sums = new TreeMap<>();
    for (IndexVectors node : nodes) {
      node.counts.forEach(
          (index, fields) ->
              fields.forEach(
                  (field, counts) ->
                      sums.computeIfAbsent(index, none -> new TreeMap<>())
                          .merge(field, counts, VectorCounts::plus)));
    }
    return new IndexVectors(sums);
  }

  /** Writes {@code documents_without_vector} and {@code vectors}, each by index and field. */
  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field("documents_without_vector", each(VectorCounts::missing));
    return builder.field(
        "vectors",
        each(
            count ->
                new TreeMap<>(
                    Map.of(
                        "current", count.current(),
                        "stale", count.stale(),
                        "foreign", count.foreign(),
                        "unrecorded", count.unrecorded()))));
  }

  private <V> Map<String, Map<String, V>> each(Function<VectorCounts, V> value) {
    Map<String, Map<String, V>> shown = new TreeMap<>();
    counts.forEach(
        (index, fields) ->
            shown.put(
                index,
                fields.entrySet().stream()
                    .collect(
                        Collectors.toMap(
                            Map.Entry::getKey,
                            field -> value.apply(field.getValue()),
                            (a, b) -> a,
                            TreeMap::new))));
    return shown;
  }
}
