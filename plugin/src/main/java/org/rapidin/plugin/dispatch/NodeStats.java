package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.rapidin.attribution.service.GradientStats;
import org.rapidin.gpu.GpuStats;
import org.rapidin.plugin.gpu.NodeGpuStats;
import org.rapidin.plugin.lucene.CandidateCounts;
import org.rapidin.plugin.scan.ScanStats;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.CpuVectors;
import org.rapidin.scorer.RowCounts;

/**
 * What one node has done for gradients since it started, and what it holds.
 *
 * @param torch whether libtorch runs, and if not why
 * @param gradients counts of the gradient service
 * @param queries counts of the cache of query gradients
 * @param reservedBytes of heap that vectors of running bulks hold now
 * @param limitBytes of heap that they may hold
 * @param refused documents that were refused because that limit was reached
 * @param directories model directory → its adapters
 * @param nativeMemory of models and gradients
 * @param device that gradients are computed on; null until libtorch runs, or of an older node
 * @param gpu what the node's GPUs did
 * @param scans shard requests with an influence query; none of an older node
 * @param rows what the CPU scored; none of an older node
 * @param kernels what computes on the CPU; empty of an older node
 * @param candidates how queries in candidates mode chose; none of an older node
 * @param artefacts in memory; none of an older node
 */
public record NodeStats(
    String torch,
    GradientStats gradients,
    QueryGradientCache.Stats queries,
    long reservedBytes,
    long limitBytes,
    long refused,
    Map<String, List<String>> directories,
    NativeMemoryStats nativeMemory,
    DeviceStats device,
    NodeGpuStats gpu,
    ScanStats scans,
    RowCounts rows,
    String kernels,
    CandidateCounts candidates,
    ArtefactStats artefacts)
    implements Writeable, ToXContentFragment {
  private static final int VERSION = 6;

  /** Reads what {@link #writeTo} wrote. */
  public static NodeStats read(StreamInput in) throws IOException {
    return VersionedBody.read(in, NodeStats::read);
  }

  private static NodeStats read(int version, StreamInput body) throws IOException {
    NodeStats read =
        new NodeStats(
            body.readString(),
            NodeGradientStats.read(body),
            QueryGradientCache.Stats.read(body),
            body.readVLong(),
            body.readVLong(),
            body.readVLong(),
            new TreeMap<>(body.readMap(StreamInput::readString, StreamInput::readStringList)),
            NativeMemoryStats.read(body),
            version < 2 ? null : body.readOptionalWriteable(DeviceStats::read),
            version < 2 ? NodeGpuStats.OLD_VERSION : NodeGpuStats.read(body),
            version < 3 ? ScanStats.NONE : ScanStats.read(body),
            version < 4 ? new RowCounts(0, 0) : new RowCounts(body.readVLong(), body.readVLong()),
            "",
            CandidateCounts.NONE,
            ArtefactStats.NONE);
    if (version < 5) {
      return read;
    }
    GradientStats named = read.gradients.withCompressions(body.readStringList());
    return version < 6
        ? read.with(named, "", CandidateCounts.NONE, ArtefactStats.NONE)
        : read.with(
            named, body.readString(), NodeCandidateStats.read(body), ArtefactStats.read(body));
  }

  private NodeStats with(
      GradientStats named, String computing, CandidateCounts counted, ArtefactStats kept) {
    return new NodeStats(
        torch,
        named,
        queries,
        reservedBytes,
        limitBytes,
        refused,
        directories,
        nativeMemory,
        device,
        gpu,
        scans,
        rows,
        computing,
        counted,
        kept);
  }

  /**
   * The stats of this node now.
   *
   * @param local its gradients
   * @param queries its cache of query gradients
   * @param breaker counts the bytes of vectors
   * @param directories model directory → its adapters
   * @param gpu what its GPUs did
   * @param scans shard requests with an influence query
   * @param rows what its CPU scored
   * @param candidates how its queries in candidates mode chose
   * @param artefacts in its memory
   */
  public static NodeStats of(
      LocalGradients local,
      QueryGradients queries,
      CircuitBreaker breaker,
      Map<String, List<String>> directories,
      GpuStats gpu,
      ScanStats scans,
      RowCounts rows,
      CandidateCounts candidates,
      ArtefactStats artefacts) {
    return new NodeStats(
        local.torchStatus(),
        local.stats(),
        queries.stats(),
        breaker.getUsed(),
        breaker.getLimit(),
        breaker.getTrippedCount(),
        directories,
        new NativeMemoryStats(local.allocatorState(), local.nativeStats()),
        local.device().map(device -> DeviceStats.of(device, local.compressionPlace())).orElse(null),
        new NodeGpuStats(gpu),
        scans,
        rows,
        CpuVectors.description(),
        candidates,
        artefacts);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    VersionedBody.write(
        out,
        VERSION,
        body -> {
          body.writeString(torch);
          new NodeGradientStats(gradients).writeTo(body);
          queries.writeTo(body);
          body.writeVLong(reservedBytes);
          body.writeVLong(limitBytes);
          body.writeVLong(refused);
          body.writeMap(
              directories, StreamOutput::writeString, StreamOutput::writeStringCollection);
          nativeMemory.writeTo(body);
          body.writeOptionalWriteable(device);
          gpu.writeTo(body);
          scans.writeTo(body);
          body.writeVLong(rows.mapped());
          body.writeVLong(rows.copied());
          body.writeStringCollection(
              gradients.models().stream().map(GradientStats.LoadedModel::compression).toList());
          body.writeString(kernels);
          new NodeCandidateStats(candidates).writeTo(body);
          artefacts.writeTo(body);
        });
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field("torch", torch);
    if (device != null) {
      device.toXContent(builder, params);
    }
    new NodeGradientStats(gradients).toXContent(builder, params);
    builder.startObject("query_gradients");
    builder.field("cached", queries.entries());
    builder.field("size_in_bytes", queries.bytes());
    builder.field("hits", queries.hits());
    builder.field("misses", queries.misses());
    builder.field("evictions", queries.evictions());
    builder.endObject();
    builder.startObject("memory");
    builder.field("reserved_in_bytes", reservedBytes);
    builder.field("limit_in_bytes", limitBytes);
    builder.field("refused", refused);
    builder.endObject();
    nativeMemory.toXContent(builder, params);
    gpu.toXContent(builder, params);
    scans.toXContent(builder, params);
    builder.startObject("cpu_scans");
    builder.field("kernels", kernels);
    builder.field("mapped_rows", rows.mapped());
    builder.field("copied_rows", rows.copied());
    builder.endObject();
    new NodeCandidateStats(candidates).toXContent(builder, params);
    artefacts.toXContent(builder, params);
    return models(builder);
  }

  /** Writes the model directories of the node, and which of them are loaded. */
  public XContentBuilder models(XContentBuilder builder) throws IOException {
    builder.startObject("models");
    for (Map.Entry<String, List<String>> directory : new TreeMap<>(directories).entrySet()) {
      builder.startObject(directory.getKey());
      builder.field("adapters", directory.getValue());
      builder.startArray("loaded");
      for (GradientStats.LoadedModel loaded : gradients.models()) {
        if (loaded.model().equals(directory.getKey())) {
          builder.startObject();
          builder.field("fingerprint", loaded.fingerprint());
          builder.field("compression", loaded.compression());
          builder.field("size_in_bytes", loaded.bytes());
          builder.field("automatic_differentiation", loaded.automatic());
          builder.endObject();
        }
      }
      builder.endArray().endObject();
    }
    return builder.endObject();
  }
}
