package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotAction;
import org.opensearch.action.admin.cluster.snapshots.restore.RestoreSnapshotRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.regex.Regex;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.IndexUtils;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.repositories.IndexId;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.repositories.Repository;
import org.opensearch.repositories.RepositoryData;
import org.opensearch.snapshots.SnapshotId;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.codec.GradientCodecs;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Refuses to restore indices with gradient vectors under another codec: OpenSearch accepts the
 * request, and no shard can be opened afterwards. Requests that do not change {@code index.codec}
 * pass without a read of the repository.
 */
public final class RestoreCodecFilter extends SingleActionFilter {
  private static final String CODEC = EngineConfig.INDEX_CODEC_SETTING.getKey();

  private final Supplier<RepositoriesService> repositories;
  private final Executor executor;
  private final GradientMappings mappings;

  /**
   * @param repositories where snapshots are
   * @param executor may wait for a repository
   * @param mappings which indices have gradient fields
   */
  public RestoreCodecFilter(
      Supplier<RepositoriesService> repositories, Executor executor, GradientMappings mappings) {
    super(RestoreSnapshotAction.NAME, RestoreSnapshotRequest.class);
    this.repositories = repositories;
    this.executor = executor;
    this.mappings = mappings;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    RestoreSnapshotRequest restore = (RestoreSnapshotRequest) request;
    if (!changesCodec(restore)) {
      chain.proceed(task, RestoreSnapshotAction.NAME, request, listener);
      return;
    }
    executor.execute(
        ActionRunnable.wrap(
            listener,
            answer -> {
              Repository repository = repositories.get().repository(restore.repository());
              repository.getRepositoryData(
                  ActionListener.wrap(
                      data -> {
                        check(restore, repository, data);
                        chain.proceed(task, RestoreSnapshotAction.NAME, request, answer);
                      },
                      answer::onFailure));
            }));
  }

  private static boolean changesCodec(RestoreSnapshotRequest restore) {
    boolean ignores =
        Arrays.stream(restore.ignoreIndexSettings())
            .anyMatch(pattern -> Regex.simpleMatch(pattern, CODEC));
    Settings given = restore.indexSettings();
    return ignores || given.hasValue(CODEC) && !GradientCodecs.isChosen(given);
  }

  private void check(RestoreSnapshotRequest restore, Repository repository, RepositoryData data)
      throws IOException {
    for (SnapshotId snapshot : data.getSnapshotIds()) {
      if (!snapshot.getName().equals(restore.snapshot())) {
        continue;
      }
      List<String> present =
          data.getIndices().values().stream()
              .filter(index -> data.getSnapshots(index).contains(snapshot))
              .map(IndexId::getName)
              .toList();
      for (String name :
          IndexUtils.filterIndices(present, restore.indices(), restore.indicesOptions())) {
        IndexMetadata index =
            repository.getSnapshotIndexMetaData(data, snapshot, data.resolveIndexId(name));
        Set<String> fields = mappings.gradients(index);
        if (!fields.isEmpty()) {
          throw new IllegalArgumentException(
              GradientIndexCheck.codecRefused("restored from " + name, name, fields));
        }
      }
    }
  }
}
