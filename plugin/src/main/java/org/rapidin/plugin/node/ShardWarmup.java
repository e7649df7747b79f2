package org.rapidin.plugin.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.store.AlreadyClosedException;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IllegalIndexShardStateException;
import org.opensearch.index.shard.IndexShard;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.lucene.GradientSegments;
import org.rapidin.plugin.node.NodeWarmth.ShardWarmth;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.SegmentCodes;

/** Copies the vectors of one shard after the other to devices, until its task is cancelled. */
final class ShardWarmup {
  private final NodeScanEngine engine;
  private final ProgressTask task;
  private final int shards;
  private final List<ShardWarmth> result = new ArrayList<>();
  private int shardsDone;
  private long deviceRows;
  private long cpuRows;

  /**
   * @param shards how many will be added
   */
  ShardWarmup(NodeScanEngine engine, ProgressTask task, int shards) {
    this.engine = engine;
    this.task = task;
    this.shards = shards;
    showProgress();
  }

  /**
   * Copies a shard's vectors. A shard that is closed meanwhile is left out of the result.
   *
   * @throws org.opensearch.core.tasks.TaskCancelledException if the task was cancelled
   */
  void add(IndexShard shard, Set<String> fields) {
    try (Engine.Searcher searcher = shard.acquireSearcher("rapidin_warmup")) {
      for (String field : fields) {
        IndexReader reader = searcher.getIndexReader();
        // Codes first: they are small, and rows may fill the device.
        long codes = warm(GradientSegments.codes(reader, field, task::check));
        result.add(warm(shard, field, codes, GradientSegments.rows(reader, field, task::check)));
      }
    } catch (AlreadyClosedException | IllegalIndexShardStateException moved) {
      // Nothing of it stays on a device.
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the vectors of shard %s cannot be read".formatted(shard.shardId()), e);
    }
    shardsDone++;
    showProgress();
  }

  /** Returns the bytes of the codes that are on a device now. */
  private long warm(List<SegmentCodes> segments) throws IOException {
    long bytes = 0;
    for (SegmentCodes segment : segments) {
      task.check();
      if (engine.warm(segment).isEmpty()) {
        bytes += (long) segment.rows() * (segment.bits() / Byte.SIZE + Float.BYTES);
      }
    }
    return bytes;
  }

  private ShardWarmth warm(
      IndexShard shard, String field, long codesBytes, List<SegmentRows> segments)
      throws IOException {
    long rows = 0;
    long bytes = codesBytes;
    SortedMap<String, Long> left = new TreeMap<>();
    for (SegmentRows segment : segments) {
      task.check();
      Optional<String> reason = engine.warm(segment);
      if (reason.isPresent()) {
        left.merge(reason.get(), (long) segment.rows(), Long::sum);
        cpuRows += segment.rows();
      } else {
        rows += segment.rows();
        bytes += (long) segment.rows() * segment.elementType().rowLength(segment.dimension());
        deviceRows += segment.rows();
      }
      showProgress();
    }
    return new ShardWarmth(
        shard.shardId().getIndexName(), shard.shardId().id(), field, rows, bytes, left);
  }

  private void showProgress() {
    TreeMap<String, Long> counts = new TreeMap<>();
    counts.put("rows_on_device", deviceRows);
    counts.put("rows_on_cpu", cpuRows);
    task.progress(new ShardsProgress(shardsDone, shards, counts));
  }

  List<ShardWarmth> result() {
    return result;
  }
}
