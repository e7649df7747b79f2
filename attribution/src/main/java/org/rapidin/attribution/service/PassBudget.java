package org.rapidin.attribution.service;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntToLongFunction;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.memory.MemoryBudget.Reservation;
import org.rapidin.attribution.memory.ReservedMemory;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.weights.SharedWeights;

/**
 * Reserves the native memory of a model's passes before they run. Safe for many threads; a
 * reservation waits for those of other threads.
 */
final class PassBudget {
  // Longer than a pass of 512 tokens of a 1B-parameter model on a busy machine.
  private static final long TIMEOUT_MILLIS = 60_000;

  /** A pass of a model that is so small has little work per operation. */
  private static final long SMALL_PASS_BYTES = 168L << 20;

  /**
   * A pass of a model that is so large takes about as much CPU time a token with half of the
   * tokens: with 135 million parameters the difference is below what the measurements scatter by,
   * for documents of 128 and of 512 tokens.
   */
  private static final long LARGE_PASS_BYTES = 512L << 20;

  private final MemoryBudget budget;
  private final GradientComputer computer;
  private final long fixedBytes;
  private final long compressionBytes;
  private final SharedWeights weights;
  private final boolean onDevice;

  /**
   * @param computer of any checkpoint, as all have the same parameters
   * @param fixedBytes that the model holds as long as it is open
   * @param compressionBytes that compressing takes in each pass, beyond gradients that are
   *     multiplied out
   * @param onDevice whether passes run on a device, where large ones are faster
   */
  PassBudget(
      MemoryBudget budget,
      GradientComputer computer,
      SharedWeights weights,
      long fixedBytes,
      long compressionBytes,
      boolean onDevice) {
    this.budget = budget;
    this.computer = computer;
    this.fixedBytes = fixedBytes;
    this.compressionBytes = compressionBytes;
    this.weights = weights;
    this.onDevice = onDevice;
  }

  /**
   * Memory of one pass; the pass closes it. Either all weights stay in memory for as long, or their
   * largest part is reserved too.
   *
   * @param weights all of them, or empty
   * @param keptBytes the part of it for activations that need not be computed twice
   */
  record Pass(Reservation reservation, Optional<DecoderWeights.Lease> weights, long keptBytes)
      implements ReservedMemory {
    @Override
    public void close() {
      // Weights first, so that threads that wait for the reservation can evict them.
      weights.ifPresent(DecoderWeights.Lease::close);
      reservation.close();
    }
  }

  /** How samples are put together so that two passes fit at a time. */
  SampleBatches batches() {
    SampleBatches batches =
        onDevice
            ? SampleBatches.ON_DEVICE
            : SampleBatches.ON_CPU.withTokens(tokensOnCpu(this::passBytes));
    while (batches.maxTokens() > 128 && bytesOfTwo(peakBytes(batches)) > available()) {
      batches = batches.half();
    }
    return batches;
  }

  /** Of one long sample; on a device, where batches have many rows, of as many as there can be. */
  private long peakBytes(SampleBatches batches) {
    int tokens = batches.maxTokens();
    long ofOne = computer.peakBytes(1, tokens, tokens);
    int rows = batches.maxRows();
    return onDevice
        ? Math.max(ofOne, computer.peakBytes(rows, Math.max(2, tokens / rows), tokens))
        : ofOne;
  }

  /**
   * Bytes of two passes, next to all weights or with the part of the weights that each converts.
   */
  private long bytesOfTwo(long gradients) {
    long pass = gradients + compressionBytes;
    long streamed = 2 * (pass + weights.largestPartBytes());
    return weights.mayStay() ? Math.min(streamed, 2 * pass + weights.totalBytes()) : streamed;
  }

  /**
   * Tokens of a pass on the CPU if memory is no limit. Passes of small models have twice the
   * tokens: with 260,000 parameters that takes 10 % less time. Passes of large models have half of
   * them.
   *
   * @param passBytes memory of a pass of so many tokens
   */
  static int tokensOnCpu(IntToLongFunction passBytes) {
    int tokens = SampleBatches.ON_CPU.maxTokens();
    if (passBytes.applyAsLong(2 * tokens) <= SMALL_PASS_BYTES) {
      return 2 * tokens;
    }
    return passBytes.applyAsLong(tokens) > LARGE_PASS_BYTES ? tokens / 2 : tokens;
  }

  private long passBytes(int tokens) {
    return computer.peakBytes(1, tokens, tokens) + computer.activationBytes(1, tokens);
  }

  private long available() {
    return budget.limitBytes() - fixedBytes;
  }

  /**
   * Reserves what a batch needs, and room for its activations if there is some.
   *
   * @param cancelled asked every 50 ms while the reservation waits
   * @throws IllegalArgumentException if it can never fit; names the numbers
   * @throws org.rapidin.attribution.memory.MemoryLimitException if it does not fit in time
   * @throws java.util.concurrent.CancellationException if it was cancelled
   */
  Pass reserve(List<WeightedSequence> batch, BooleanSupplier cancelled) {
    int longest = longest(batch);
    long bytes = bytes(computer, batch);
    long kept = computer.activationBytes(batch.size(), longest);
    return reserve(bytes, kept, longest, cancelled);
  }

  /**
   * Reserves what one text needs at another computer that uses the same weights; throws as {@link
   * #reserve}. Nothing is reserved for activations.
   */
  Pass reserve(GradientComputer other, WeightedSequence sequence, BooleanSupplier cancelled) {
    return reserve(bytes(other, List.of(sequence)), 0, sequence.ids().length, cancelled);
  }

  /**
   * Reserves what a batch needs at another computer that uses the same weights, with all its
   * activations; throws as {@link #reserve}.
   */
  Pass reserveWithActivations(GradientComputer other, List<WeightedSequence> batch) {
    int longest = longest(batch);
    long bytes = bytes(other, batch) + other.activationBytes(batch.size(), longest);
    return reserve(bytes, 0, longest, () -> false);
  }

  /** Reserves what gradients of tokens need; throws as {@link #reserve}. */
  Pass reserveTokens(int length, int positions, BooleanSupplier cancelled) {
    return reserve(computer.peakBytesOfTokens(length, positions), 0, length, cancelled);
  }

  /**
   * Weights that are all there are not evicted during the pass, which could convert them again only
   * in memory that is not reserved.
   */
  private Pass reserve(long bytes, long kept, int longest, BooleanSupplier cancelled) {
    if (weights.isResident()) {
      Pass pass = reserve(bytes, kept, longest, 0, cancelled);
      Optional<DecoderWeights.Lease> lease = weights.leaseIfResident();
      if (lease.isPresent()) {
        return new Pass(pass.reservation(), lease, pass.keptBytes());
      }
      pass.close(); // its memory was theirs
    }
    return reserve(bytes, kept, longest, weights.largestPartBytes(), cancelled);
  }

  private Pass reserve(
      long bytes, long kept, int longest, long converted, BooleanSupplier cancelled) {
    long least = bytes + compressionBytes + converted;
    if (least > available()) {
      throw new IllegalArgumentException(
          "the gradient of a text of %s tokens needs %s bytes of native memory, %s are available for it on this node: use fewer max_tokens, or raise plugins.rapidin.native.limit"
              .formatted(longest, least, available()));
    }
    Optional<Reservation> roomy = budget.tryReserveInTurn(least + kept);
    return new Pass(
        roomy.orElseGet(() -> awaitRoom(least, longest, cancelled)),
        Optional.empty(),
        roomy.isPresent() ? kept : 0);
  }

  private Reservation awaitRoom(long bytes, int longest, BooleanSupplier cancelled) {
    String what = "a pass of %s tokens".formatted(longest);
    return budget.reserve(what, bytes, TIMEOUT_MILLIS, cancelled);
  }

  private long bytes(GradientComputer passes, List<WeightedSequence> batch) {
    int predictions = 0;
    for (WeightedSequence sequence : batch) {
      for (float weight : sequence.lossWeights()) {
        predictions += weight != 0 ? 1 : 0;
      }
    }
    return passes.peakBytes(batch.size(), longest(batch), predictions);
  }

  private static int longest(List<WeightedSequence> batch) {
    return batch.stream().mapToInt(sequence -> sequence.ids().length).max().orElseThrow();
  }
}
