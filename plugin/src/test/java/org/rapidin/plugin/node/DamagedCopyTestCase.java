package org.rapidin.plugin.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.opensearch.index.IndexService;
import org.opensearch.indices.IndicesService;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.store.MockFSIndexStore;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.TinyClusterTestCase;
import org.rapidin.plugin.node.NodeVerification.ShardVerification;

/** Clusters of which a copy of the shard of the index {@code train} is damaged by a test. */
abstract class DamagedCopyTestCase extends TinyClusterTestCase {
  @Override
  protected void writeModel(int nodeOrdinal, Path directory) throws IOException {
    TinyModelDirectory.write(directory, 1);
  }

  /** Leaves out the store that checks indices when they are closed, also the damaged ones. */
  @Override
  protected Collection<Class<? extends Plugin>> getMockPlugins() {
    return super.getMockPlugins().stream()
        .filter(plugin -> plugin != MockFSIndexStore.TestPlugin.class)
        .toList();
  }

  static List<ShardVerification> verify() {
    NodeAnswers<NodeVerification> answers =
        client()
            .execute(NodesVerifyAction.INSTANCE, NodesVerifyAction.request(false, "train"))
            .actionGet();
    assertFalse(answers.failures().toString(), answers.hasFailures());
    return answers.getNodes().stream().flatMap(node -> node.value().shards().stream()).toList();
  }

  /** Returns the file of one copy that has an extension. */
  final Path vectorFile(boolean primary, String extension) throws IOException {
    for (IndicesService node : internalCluster().getInstances(IndicesService.class)) {
      IndexService index = node.indexService(resolveIndex("train"));
      if (index != null && index.getShard(0).routingEntry().primary() == primary) {
        try (Stream<Path> files = Files.list(index.getShard(0).shardPath().resolveIndex())) {
          return files
              .filter(file -> file.toString().endsWith("." + extension))
              .findFirst()
              .orElseThrow();
        }
      }
    }
    throw new AssertionError("no node has that copy");
  }
}
