package org.rapidin.plugin.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.store.AlreadyClosedException;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IllegalIndexShardStateException;
import org.opensearch.index.shard.IndexShard;
import org.rapidin.plugin.lucene.VectorFiles;
import org.rapidin.plugin.node.NodeVerification.ShardVerification;
import org.rapidin.plugin.wire.FileNames;

/** Reads the vector files of one shard after the other, until its task is cancelled. */
final class ShardVerifier {
  private final ProgressTask task;
  private final int shards;
  private final List<ShardVerification> result = new ArrayList<>();
  private int shardsDone;
  private long bytes;

  /**
   * @param shards how many will be added
   */
  ShardVerifier(ProgressTask task, int shards) {
    this.task = task;
    this.shards = shards;
    showProgress();
  }

  /**
   * Reads a shard's vector files. A shard that is closed meanwhile is left out of the result.
   *
   * @param fields its vector fields
   * @throws org.opensearch.core.tasks.TaskCancelledException if the task was cancelled
   */
  void add(IndexShard shard, Set<String> fields) {
    if (!fields.isEmpty()) {
      try {
        result.add(verify(shard, fields));
      } catch (AlreadyClosedException | IllegalIndexShardStateException moved) {
        // It is verified where it is now, by the next request.
      } catch (IOException e) {
        throw new UncheckedIOException(
            "the vectors of shard %s cannot be read".formatted(shard.shardId()), e);
      }
    }
    shardsDone++;
    showProgress();
  }

  private ShardVerification verify(IndexShard shard, Set<String> fields) throws IOException {
    long before = bytes;
    boolean primary = shard.routingEntry().primary();
    Optional<CorruptIndexException> damage =
        damage(
            shard,
            fields,
            files -> {
              task.check();
              bytes += files.bytes();
              showProgress();
            });
    return new ShardVerification(
        shard.shardId().getIndexName(),
        shard.shardId().id(),
        primary,
        bytes - before,
        damage.map(CorruptIndexException::getMessage).map(FileNames::withoutFolders).orElse(""),
        false);
  }

  /**
   * Reads a shard's vector files until one is damaged.
   *
   * @param fields its vector fields
   * @param sound is called with each that has its checksum
   */
  static Optional<CorruptIndexException> damage(
      IndexShard shard, Set<String> fields, Consumer<VectorFiles> sound) throws IOException {
    try (Engine.Searcher searcher = shard.acquireSearcher("rapidin_verify")) {
      for (VectorFiles files : VectorFiles.of(searcher.getIndexReader(), fields)) {
        files.verify();
        sound.accept(files);
      }
      return Optional.empty();
    } catch (CorruptIndexException damage) {
      return Optional.of(damage);
    }
  }

  private void showProgress() {
    TreeMap<String, Long> counts = new TreeMap<>();
    counts.put("size_verified_in_bytes", bytes);
    task.progress(new ShardsProgress(shardsDone, shards, counts));
  }

  List<ShardVerification> result() {
    return result;
  }
}
