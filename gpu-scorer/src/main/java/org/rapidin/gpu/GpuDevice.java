package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;

/**
 * One device: its primary context, the kernels, and the memory that this engine uses. Everything on
 * the device retains it. Safe for many threads.
 */
final class GpuDevice {
  private static final int DEFAULT_SHARED_BYTES = 48 << 10;
  private static final int MIN_COMPUTE_CAPABILITY = 80;

  private final int index;
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final Map<String, CUfunction> kernels = new HashMap<>();
  private final AtomicInteger references = new AtomicInteger(1);
  private final String name;
  private final int computeCapability;
  private final int sharedLimit;
  private final DeviceMemory memory;
  private final LanePool lanes;
  private final Uploader uploader;
  private volatile KernelClock clock;

  /**
   * Opens a device.
   *
   * @param ptx the kernels, ending with a zero byte
   * @param evictOne frees a segment that is on the device and that no scan uses
   * @throws GpuException if the device cannot be used
   */
  GpuDevice(int index, byte[] ptx, GpuSettings settings, Predicate<GpuDevice> evictOne) {
    this.index = index;
    Cuda.check(cuDeviceGet(device, index), "cuDeviceGet");
    name = name(device);
    computeCapability =
        10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    sharedLimit =
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
    if (computeCapability < MIN_COMPUTE_CAPABILITY) {
      throw new GpuException(
          Fallback.DISABLED,
          "%s has compute capability %s, 8.0 is needed".formatted(name, computeCapability()));
    }
    Cuda.check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    boolean open = false;
    try {
      makeCurrent();
      Cuda.check(cuModuleLoadData(module, ptx), "cuModuleLoadData");
      Kernels.OTHERS.forEach(this::find);
      for (Kernels.Score kernel : Kernels.SCORES) {
        allowSharedMemory(find(kernel.name()), kernel.sharedBytes(sharedLimit));
      }
      memory = new DeviceMemory(settings.limit(freeBytes()), () -> evictOne.test(this));
      lanes = new LanePool(this, settings.lanes());
      uploader = new Uploader(this);
      open = true;
    } finally {
      if (!open) {
        cuDevicePrimaryCtxRelease(device);
      }
    }
  }

  private CUfunction find(String kernel) {
    CUfunction function = new CUfunction();
    Cuda.check(cuModuleGetFunction(function, module, kernel), "cuModuleGetFunction " + kernel);
    kernels.put(kernel, function);
    return function;
  }

  /** A launch may have 48 KiB without this, which must not take some of them away. */
  private static void allowSharedMemory(CUfunction kernel, int bytes) {
    if (bytes <= DEFAULT_SHARED_BYTES) {
      return;
    }
    int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    Cuda.check(cuFuncSetAttribute(kernel, attribute, bytes), "cuFuncSetAttribute");
  }

  private static String name(CUdevice device) {
    byte[] bytes = new byte[256];
    Cuda.check(cuDeviceGetName(bytes, bytes.length, device), "cuDeviceGetName");
    String all = new String(bytes, StandardCharsets.UTF_8);
    return all.substring(0, all.indexOf(0));
  }

  /** Returns an attribute of CUdevice_attribute. */
  int attribute(int attribute) {
    int[] value = new int[1];
    Cuda.check(cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /** Returns what the driver has free; the context must be current. */
  static long freeBytes() {
    long[] free = new long[1];
    Cuda.check(cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
    return free[0];
  }

  /** Lets this thread call the driver for this device. */
  void makeCurrent() {
    Cuda.check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  /** As {@link #makeCurrent}, before memory is freed: that must go on after an error. */
  void makeCurrentIfPossible() {
    cuCtxSetCurrent(context);
  }

  /** Returns the driver's number of the device, which is libtorch's too. */
  int index() {
    return index;
  }

  DeviceMemory memory() {
    return memory;
  }

  LanePool lanes() {
    return lanes;
  }

  Uploader uploader() {
    return uploader;
  }

  String name() {
    return name;
  }

  String computeCapability() {
    return computeCapability / 10 + "." + computeCapability % 10;
  }

  /** Returns the most shared memory that a block may have. */
  int sharedLimit() {
    return sharedLimit;
  }

  GpuStats.Device stats() {
    return new GpuStats.Device(name, computeCapability(), memory.usedBytes(), memory.limitBytes());
  }

  /**
   * Loads a kernel that scans do not use; not while another thread uses the device. The context
   * must be current.
   */
  void load(String kernel, int sharedBytes) {
    allowSharedMemory(find(kernel), sharedBytes);
  }

  /** Lets a clock measure from the next kernel to the last one; null: none. */
  void clock(KernelClock now) {
    clock = now;
  }

  /** Starts a kernel on a stream; the context must be current. */
  void launch(String kernel, Grid grid, CUstream stream, NativePointerObject... arguments) {
    KernelClock now = clock;
    if (now != null) {
      now.begin(stream);
    }
    int result =
        cuLaunchKernel(
            kernels.get(kernel),
            grid.x,
            grid.y,
            1,
            grid.threads,
            1,
            1,
            grid.sharedBytes,
            stream,
            Pointer.to(arguments),
            null);
    Cuda.check(result, "cuLaunchKernel " + kernel);
    if (now != null) {
      now.end(stream);
    }
  }

  /** Keeps the context until {@link #release} was called as often. */
  void retain() {
    references.incrementAndGet();
  }

  /** Closes what is idle; the device is closed when nothing is on it any more. */
  void close() {
    lanes.close();
    uploader.close();
    release();
  }

  /** Closes the device if nothing retains it any more. */
  void release() {
    if (references.decrementAndGet() == 0) {
      cuCtxSetCurrent(context);
      cuModuleUnload(module);
      cuDevicePrimaryCtxRelease(device);
    }
  }

  /**
   * Blocks of a launch, their threads and their dynamic shared memory.
   *
   * @param x blocks
   * @param y blocks
   */
  record Grid(int x, int y, int threads, int sharedBytes) {}
}
