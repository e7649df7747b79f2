package org.rapidin.attribution.service;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ModelFileChangedException;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.model.weights.WeightCache;

/**
 * Attributors by fingerprint, opened on first use and closed after a time without use. Safe for
 * many threads; opening and closing block, so only on threads of our own. An attributor in use is
 * never closed.
 */
final class LoadedAttributors implements AutoCloseable {
  private final Path modelsRoot;
  private final Supplier<TorchRuntime> runtime;
  private final WeightCache weights;
  private final NodeParts node;
  private final IdleModels idle;
  private final FileDigests digests;
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();
  private final AtomicReference<TorchRuntime> started = new AtomicReference<>();

  /** The place of one attributor: readers use it, a writer opens or closes it. */
  private static final class Slot {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final String model;
    private volatile Attributor attributor;
    private volatile boolean outdated; // one of its files has changed
    private volatile long lastUseNanos = System.nanoTime();

    Slot(String model) {
      this.model = model;
    }

    boolean close() {
      lock.writeLock().lock();
      try {
        Attributor open = attributor;
        outdated = false;
        attributor = null; // also if closing fails: half of one is of no use
        if (open != null) {
          open.close();
        }
        return open != null;
      } finally {
        lock.writeLock().unlock();
      }
    }

    boolean closeIfUnusedSince(long nanos) {
      if (attributor == null || lastUseNanos - nanos > 0 || !lock.writeLock().tryLock()) {
        return false;
      }
      try {
        return lastUseNanos - nanos <= 0 && close();
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /**
   * @param weights the models' base weights
   * @param node what gradients are compressed with
   * @param idleTimeout after which an attributor is closed; zero keeps all
   */
  LoadedAttributors(
      Path modelsRoot,
      FileDigests digests,
      Supplier<TorchRuntime> runtime,
      WeightCache weights,
      NodeParts node,
      Duration idleTimeout) {
    this.digests = digests;
    this.modelsRoot = modelsRoot;
    this.runtime = runtime;
    this.weights = weights;
    this.node = node;
    this.idle =
        new IdleModels(
            idleTimeout.toNanos(),
            System::nanoTime,
            new IdleModels.Models() {
              @Override
              public void closeUnusedSince(long nanos) {
                LoadedAttributors.this.closeUnusedSince(nanos);
              }

              @Override
              public void trim() {
                Optional.ofNullable(started.get()).ifPresent(torch -> torch.allocator().trim());
              }
            });
  }

  /**
   * Works with an attributor, which is opened if it is not, and opened again if one of its files
   * was written while it was open.
   *
   * @param work begins again in that case
   * @throws ModelUnavailableException if there is no such model or its files are not those that the
   *     fingerprint covers
   */
  <T> T use(AttributorSpec spec, String fingerprint, Function<Attributor, T> work) {
    Slot slot = slots.computeIfAbsent(fingerprint, print -> new Slot(spec.model()));
    idle.beginUse();
    try {
      return use(slot, spec, fingerprint, work);
    } finally {
      slot.lastUseNanos = System.nanoTime();
      idle.endUse();
    }
  }

  private <T> T use(
      Slot slot, AttributorSpec spec, String fingerprint, Function<Attributor, T> work) {
    slot.lock.readLock().lock();
    try {
      if (slot.attributor != null && !slot.outdated) {
        return apply(slot, work);
      }
    } catch (ModelFileChangedException e) {
      // Opened again below: its files may have been written again as they were.
    } finally {
      slot.lock.readLock().unlock();
    }
    slot.lock.writeLock().lock();
    try {
      if (slot.outdated) {
        slot.close();
      }
      if (slot.attributor == null) {
        slot.attributor = open(spec, fingerprint);
      }
      slot.lock.readLock().lock(); // keeps it open while the write lock goes
    } finally {
      slot.lock.writeLock().unlock();
    }
    try {
      return apply(slot, work);
    } catch (ModelFileChangedException e) {
      throw unusable(spec, e.getMessage(), e);
    } finally {
      slot.lock.readLock().unlock();
    }
  }

  /** Works with an open attributor, while the read lock is held. */
  private <T> T apply(Slot slot, Function<Attributor, T> work) {
    started.get().enterThread(); // another thread may have opened it
    try {
      return work.apply(slot.attributor);
    } catch (ModelFileChangedException e) {
      slot.outdated = true;
      throw e;
    }
  }

  private void closeUnusedSince(long nanos) {
    for (Slot slot : slots.values()) {
      if (slot.closeIfUnusedSince(nanos)) {
        idle.freed();
      }
    }
  }

  private Attributor open(AttributorSpec spec, String fingerprint) {
    try {
      ModelDirectory directory = ModelDirectory.open(modelsRoot, spec.model());
      requireFingerprint(spec, fingerprint, directory);
      started.set(runtime.get());
      started.get().enterThread();
      idle.start();
      String digest = directory.weightsDigest(digests);
      Attributor opened =
          Attributor.open(spec, fingerprint, directory, digest, started.get(), weights, node);
      try {
        requireFingerprint(spec, fingerprint, directory); // a file may have changed meanwhile
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
      return opened;
    } catch (FileSystemException e) { // its message is an absolute path
      String file = e.getFile() == null ? "" : Path.of(e.getFile()).getFileName().toString();
      throw unusable(spec, "%s of file [%s]".formatted(e.getClass().getSimpleName(), file), e);
    } catch (IOException | IllegalArgumentException | ModelFileChangedException e) {
      throw unusable(spec, e.getMessage(), e);
    }
  }

  private static ModelUnavailableException unusable(
      AttributorSpec spec, String reason, Exception cause) {
    return new ModelUnavailableException(
        "model [%s] cannot be used on this node: %s".formatted(spec.model(), reason), cause);
  }

  private void requireFingerprint(AttributorSpec spec, String fingerprint, ModelDirectory directory)
      throws IOException {
    SortedMap<String, String> files = ModelCheck.digests(directory, digests, spec);
    if (!Fingerprint.of(spec, files).equals(fingerprint)) {
      throw new ModelUnavailableException(
          "the files of model [%s] on this node have changed since the attributor was put: one of %s; bring the old files back, or put a new attributor"
              .formatted(spec.model(), files.keySet()));
    }
  }

  /**
   * Closes the attributors of a model, each as soon as it is unused.
   *
   * @return how many were open
   */
  int unload(String model) {
    int closed = 0;
    for (Slot slot : slots.values()) {
      if (slot.model.equals(model) && slot.close()) {
        closed++;
      }
    }
    idle.freed();
    return closed;
  }

  /** Where the gradients of what is open now are compressed. */
  SortedSet<String> compressionPlaces() {
    SortedSet<String> places = new TreeSet<>();
    for (Slot slot : slots.values()) {
      Attributor attributor = slot.attributor;
      if (attributor != null) {
        places.add(attributor.compressionPlace());
      }
    }
    return places;
  }

  /** What is open now. */
  List<GradientStats.LoadedModel> list() {
    List<GradientStats.LoadedModel> loaded = new ArrayList<>();
    slots.forEach(
        (fingerprint, slot) -> {
          Attributor attributor = slot.attributor;
          if (attributor != null) {
            loaded.add(
                new GradientStats.LoadedModel(
                    fingerprint,
                    slot.model,
                    attributor.compression(),
                    attributor.bytes(),
                    attributor.automatic()));
          }
        });
    return loaded;
  }

  @Override
  public void close() {
    idle.close();
    slots.values().forEach(Slot::close);
  }
}
