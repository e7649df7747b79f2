package org.rapidin.gpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.rapidin.scorer.ScanEngine;

/**
 * Lets scans of the same rows of a segment share passes: those that arrive while a pass runs are
 * served together by the next one. No scan waits longer than the pass that runs; a scan that does
 * not fit into the next pass has one to itself at once. Safe for many threads.
 */
final class PassGates {
  private final Map<RowSelection, Gate> gates = new HashMap<>();

  /** Exists while a pass over its rows runs; guarded by the gates. */
  private static final class Gate {
    Batch next;
  }

  /** Requests that one pass serves; the thread of the first runs it. */
  private static final class Batch {
    final List<PassRequest> requests = new ArrayList<>();
    final CompletableFuture<Void> turn = new CompletableFuture<>();
    final CompletableFuture<Void> done = new CompletableFuture<>();
    int queries;

    Batch(PassRequest first) {
      add(first);
    }

    boolean fits(PassRequest request) {
      return queries + request.queries().size() <= ScanEngine.MAX_QUERIES;
    }

    void add(PassRequest request) {
      requests.add(request);
      queries += request.queries().size();
    }
  }

  /**
   * Returns when a pass has served a request.
   *
   * @param rows a range
   * @param pass serves some requests; runs on the thread of one of them
   * @throws GpuException if the pass that served it failed
   */
  void run(RowSelection rows, PassRequest request, Consumer<List<PassRequest>> pass) {
    Gate gate;
    Batch batch;
    boolean leads = true;
    synchronized (this) {
      gate = gates.get(rows);
      if (gate == null) {
        gate = new Gate();
        gates.put(rows, gate);
        batch = new Batch(request);
        batch.turn.complete(null);
      } else if (gate.next == null) {
        batch = new Batch(request);
        gate.next = batch;
      } else if (gate.next.fits(request)) {
        batch = gate.next;
        batch.add(request);
        leads = false;
      } else {
        batch = null;
      }
    }
    if (batch == null) {
      pass.accept(List.of(request));
    } else if (leads) {
      lead(rows, gate, batch, pass);
    } else {
      join(batch);
    }
  }

  private void lead(RowSelection rows, Gate gate, Batch batch, Consumer<List<PassRequest>> pass) {
    batch.turn.join();
    synchronized (this) {
      if (gate.next == batch) {
        gate.next = null;
      }
    }
    try {
      pass.accept(batch.requests);
      batch.done.complete(null);
    } catch (Throwable t) {
      batch.done.completeExceptionally(t);
      throw t;
    } finally {
      leave(rows, gate);
    }
  }

  private void leave(RowSelection rows, Gate gate) {
    synchronized (this) {
      if (gate.next == null) {
        gates.remove(rows);
      } else {
        gate.next.turn.complete(null);
      }
    }
  }

  private static void join(Batch batch) {
    try {
      batch.done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof GpuException failed) {
        throw failed;
      }
      throw e;
    }
  }
}
