package org.rapidin.plugin.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opensearch.cluster.coordination.DeterministicTaskQueue;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.action.ActionListener;

/** A gradient is asked for once, and nobody waits for a node that another search asks. */
class SharedFetchesTests {
  private static final GradientKey KEY = new GradientKey(1, 2, 3, 4);
  private static final GradientHandle FIRST = new GradientHandle(KEY, "first");
  private static final GradientHandle SECOND = new GradientHandle(KEY, "second");

  private final DeterministicTaskQueue clock =
      new DeterministicTaskQueue(
          Settings.builder().put("node.name", "node").build(), new Random(1));
  private final SharedFetches fetches = new SharedFetches(clock.getThreadPool());
  private final List<ActionListener<HeldGradient>> requests = new ArrayList<>();
  private final List<Object> answers = new ArrayList<>();

  private void fetch(GradientHandle handle) {
    fetches.fetch(handle, ActionListener.wrap(answers::add, answers::add), requests::add);
  }

  private static HeldGradient held(GradientHandle handle) {
    QueryVector vector = new QueryVector(new float[] {1});
    return new HeldGradient(
        handle, new ResolvedGradient(vector, "demo", "f", "m", List.of()), Optional.empty());
  }

  private List<Object> answered() {
    clock.runAllRunnableTasks();
    return answers;
  }

  @Test
  void equalGradientsOfTwoHoldersAreFetchedFromEach() {
    fetch(FIRST);
    fetch(SECOND);
    HeldGradient second = held(SECOND);
    requests.get(1).onResponse(second);
    assertEquals(List.of(second), answered());
    HeldGradient first = held(FIRST);
    requests.get(0).onResponse(first);
    assertEquals(List.of(second, first), answered());
  }

  @Test
  void oneRequestServesAllThatWaitForIt() {
    fetch(FIRST);
    fetch(FIRST);
    assertEquals(1, requests.size());
    assertEquals(List.of(), answered());
    HeldGradient first = held(FIRST);
    requests.getFirst().onResponse(first);
    assertEquals(List.of(first, first), answered());
  }

  @Test
  void aRequestIsSentAgainAfterItHasFailed() {
    fetch(FIRST);
    fetch(FIRST);
    RuntimeException lost = new IllegalStateException("lost");
    requests.getFirst().onFailure(lost);
    assertEquals(2, answered().size());
    answers.forEach(answer -> assertSame(lost, answer));
    fetch(FIRST);
    assertEquals(2, requests.size());
  }
}
