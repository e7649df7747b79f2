package org.rapidin.plugin.explain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.search.SearchAction;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.tasks.Task;
import org.opensearch.transport.Transports;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.dispatch.TrainingTokensAction;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.handle.TokenVectors;
import org.rapidin.plugin.query.ClauseNames;

/**
 * Computes the influences of the training tokens of a search's first hits, one hit after the other,
 * before the search answers. They are computed for each search and never stored.
 */
public final class TrainingTokensFilter implements ActionFilter {
  private static final String TOO_LATE =
      "not computed within the timeout of the search: raise it, or ask for the tokens of fewer hits";
  private static final String TOO_MANY =
      "[ext.influence.training_tokens] is for at most %s hits of all [influence] clauses together: ask for the tokens of fewer hits";

  private final ThreadContext threadContext;
  private final Client client;
  private final Supplier<String> localNodeId;
  private final Supplier<GradientHandles> handles;

  /**
   * @param client computes, as the user who searches
   * @param localNodeId of this node, where the search is a task
   * @param handles the query gradients of this node
   */
  public TrainingTokensFilter(
      ThreadContext threadContext,
      Client client,
      Supplier<String> localNodeId,
      Supplier<GradientHandles> handles) {
    this.threadContext = threadContext;
    this.client = client;
    this.localNodeId = localNodeId;
    this.handles = handles;
  }

  /** After the filters that keep a search's gradients until it has answered. */
  @Override
  public int order() {
    return 1;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (!action.equals(SearchAction.NAME)
        || !(request instanceof SearchRequest search)
        || InfluenceExtBuilder.trainingTokens(search.source()) == 0) {
      chain.proceed(task, action, request, listener);
      return;
    }
    if (search.scroll() != null) {
      listener.onFailure(
          new IllegalArgumentException(
              "[ext.influence.training_tokens] is not for a search that scrolls: leave it out, or page with search_after"));
      return;
    }
    // The request holds the rewritten source when it is answered.
    SearchSourceBuilder source = search.source();
    Supplier<ThreadContext.StoredContext> caller = threadContext.newRestorableContext(true);
    TaskId parent = new TaskId(localNodeId.get(), task.getId());
    chain.proceed(
        task,
        action,
        request,
        ActionListener.wrap(
            response ->
                client
                    .threadPool()
                    .generic()
                    .execute(
                        ActionRunnable.wrap(
                            listener,
                            answer ->
                                new Answer<>(response, answer, caller, parent, source).complete())),
            listener::onFailure));
  }

  /** A hit that waits. */
  private record Waiting(SearchHit hit, String field, TrainingText text) {
    double influence() {
      Number raw = hit.field(ClauseNames.influenceWith(field)).getValue();
      return raw.doubleValue();
    }

    void set(Object value) {
      hit.setDocumentField(field, new DocumentField(field, List.of(value)));
    }
  }

  /** The answer of a search, whose hits are completed one after the other. */
  private final class Answer<R extends ActionResponse> {
    private final R response;
    private final ActionListener<R> listener;
    private final Supplier<ThreadContext.StoredContext> caller;
    private final TaskId parent;
    private final boolean matrix;
    private final Granularity granularity;
    private final List<Releasable> reserved = new ArrayList<>();
    private final Iterator<Waiting> waiting;
    private int asked;

    Answer(
        R response,
        ActionListener<R> listener,
        Supplier<ThreadContext.StoredContext> caller,
        TaskId parent,
        SearchSourceBuilder source) {
      this.response = response;
      this.listener = ActionListener.runAfter(listener, () -> Releasables.close(reserved));
      this.caller = caller;
      this.parent = parent;
      this.matrix = InfluenceExtBuilder.wantsTokens(source);
      this.granularity = InfluenceExtBuilder.granularity(source);
      this.waiting =
          waiting(
                  ((SearchResponse) response).getHits().getHits(),
                  InfluenceExtBuilder.trainingTokens(source))
              .iterator();
    }

    /** Those beyond the first lose what their shard put into them. */
    private static List<Waiting> waiting(SearchHit[] hits, int count) {
      List<Waiting> first = new ArrayList<>();
      for (int i = 0; i < hits.length; i++) {
        for (DocumentField field : hits[i].getDocumentFields().values()) {
          Optional<TrainingText> text =
              field.getValues().isEmpty()
                  ? Optional.empty()
                  : TrainingText.of(field.getValues().getFirst());
          if (text.isPresent() && i < count) {
            first.add(new Waiting(hits[i], field.getName(), text.get()));
          } else if (text.isPresent()) {
            hits[i].removeDocumentField(field.getName());
          }
        }
      }
      return first;
    }

    void complete() {
      while (waiting.hasNext()) {
        Waiting next = waiting.next();
        if (next.text().fault() != null) {
          next.set(TrainingTokenValues.fault(next.text().fault()));
        } else if (asked == InfluenceExtBuilder.MAX_HITS) {
          next.set(TrainingTokenValues.fault(TOO_MANY.formatted(asked)));
        } else {
          asked++;
          ask(next);
          return;
        }
      }
      listener.onResponse(response);
    }

    private void ask(Waiting next) {
      assert Transports.assertNotTransportThread("may send megabytes of vectors");
      try (ThreadContext.StoredContext ignored = caller.get()) {
        HeldGradient held = handles.get().require(next.text().key());
        if (matrix && held.tokens().isEmpty() && held.gradient().selectedTokens() > 0) {
          handles
              .get()
              .fetchTokens(
                  held,
                  RequestOrigin.whileWanted(
                      client.threadPool(),
                      TOO_LATE,
                      ActionListener.wrap(
                          here -> compute(next, here), fault -> failed(next, fault)),
                      unused -> {}));
        } else {
          compute(next, held);
        }
      } catch (RuntimeException e) { // lost, or the search was cancelled
        listener.onFailure(e);
      }
    }

    private void compute(Waiting next, HeldGradient held) {
      List<float[]> vectors = new ArrayList<>(held.gradient().vectors());
      held.tokens().map(TokenVectors::vectors).ifPresent(vectors::addAll);
      TrainingTokensAction.Request request =
          new TrainingTokensAction.Request(
              held.gradient().attributor(),
              held.gradient().fingerprint(),
              next.text().text(),
              vectors);
      request.setParentTask(parent);
      client.execute(
          TrainingTokensAction.INSTANCE,
          request,
          new ActionListener<>() {
            @Override
            public void onResponse(TrainingTokensAction.Response computed) {
              completed(next, held, computed.tokens());
            }

            @Override
            public void onFailure(Exception fault) {
              failed(next, fault);
            }
          });
    }

    /** What is in a hit counts until the search has answered. */
    private void completed(Waiting hit, HeldGradient held, TrainingTokens computed) {
      try {
        int generated = matrix ? held.gradient().tokens().size() : 0;
        reserved.add(handles.get().reserve(TrainingTokenValues.bytes(computed, generated)));
        hit.set(value(computed, held, hit.influence()));
      } catch (RuntimeException e) { // there is no room
        listener.onFailure(e);
        return;
      }
      complete();
    }

    private Map<String, Object> value(
        TrainingTokens computed, HeldGradient held, double influence) {
      try {
        return TrainingTokenValues.of(computed, held.gradient(), influence, granularity);
      } catch (IllegalArgumentException e) { // words are not known
        return TrainingTokenValues.fault(e.getMessage());
      }
    }

    /** What is wrong with one document does not take the others away. */
    private void failed(Waiting hit, Exception fault) {
      if (ExceptionsHelper.unwrapCause(fault) instanceof IllegalArgumentException refused) {
        hit.set(TrainingTokenValues.fault(refused.getMessage()));
        complete();
      } else if (GradientFaults.isTimeout(fault)) {
        hit.set(TrainingTokenValues.fault(TOO_LATE));
        complete();
      } else {
        listener.onFailure(fault);
      }
    }
  }
}
