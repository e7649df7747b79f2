// A stand-in for libcuda.so.1 without a GPU: the driver functions that org.rapidin.gpu calls, with
// kernels.cu run by the emulator. Work on a stream is done as late as the driver may do it, when
// somebody waits for it, so that memory which is reused too early shows in the results.
// The functions fake_* set it up.
//
// g++ -shared -fPIC -O2 -std=c++17 -march=native -ffp-contract=off -DEMULATOR
//     -Wl,-soname,libcuda.so.1 -I ../../main/cuda -I . fakecuda.cpp
#include "kernels.cu"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace {

const int SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101,
          INVALID_CONTEXT = 201, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700;
const int MAX_DEVICES = 8;

struct Failure {
  long after;
  int code;
  long times;
};

struct Memory {
  size_t bytes;
  int device;
};

std::recursive_mutex mutex;
int device_count = 1, driver_version = 13000, compute_capability = 90, shared_limit = 232448;
size_t capacity[MAX_DEVICES], used[MAX_DEVICES];
std::map<u64, Memory> allocations;
std::map<void*, size_t> pinned;
std::map<std::string, Failure> failures;
std::map<std::string, long> calls;
std::atomic<long> delay_micros, contexts, streams;
std::atomic<int> lost;
thread_local int current = -1;

bool is_sticky(int code) {
  return code == 700 || code == 702 || code == 709 || (code >= 714 && code <= 720) || code == 999;
}

/** Returns the error that a call must return now, or 0. */
int failure(const char* name) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  calls[name]++;
  if (lost) {
    return lost;
  }
  auto found = failures.find(name);
  if (found == failures.end() || found->second.after-- > 0 || found->second.times-- <= 0) {
    return SUCCESS;
  }
  if (is_sticky(found->second.code)) {
    lost = found->second.code;
  }
  return found->second.code;
}

/** Returns whether device memory of the current context holds these bytes. */
bool contains(u64 pointer, size_t bytes) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto next = allocations.upper_bound(pointer);
  if (next == allocations.begin()) {
    return false;
  }
  auto own = std::prev(next);
  return own->second.device == current && pointer + bytes <= own->first + own->second.bytes;
}

bool contains_pinned(const void* pointer, size_t bytes) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto next = pinned.upper_bound((void*)pointer);
  if (next == pinned.begin()) {
    return false;
  }
  auto own = std::prev(next);
  return (u8*)pointer + bytes <= (u8*)own->first + own->second;
}

struct Event {
  std::chrono::steady_clock::time_point time;
  struct Stream* stream;
};

/** An event may be destroyed before the stream has come to it. */
std::map<Event*, std::shared_ptr<Event>> events;

struct Stream {
  std::vector<std::function<int()>> work;

  int finish() {
    if (delay_micros > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(delay_micros));
    }
    std::vector<std::function<int()>> now;
    now.swap(work);
    for (auto& step : now) {
      const int result = step();
      if (result != SUCCESS) {
        lost = result;
        return result;
      }
    }
    return SUCCESS;
  }
};

/** Work on the legacy default stream is done at once; nothing else uses that stream here. */
void add_to(Stream* stream, std::function<int()> step) {
  if (stream) {
    stream->work.push_back(std::move(step));
    return;
  }
  const int result = step();
  if (result != SUCCESS) {
    lost = result;
  }
}

/** A kernel with the arguments of a launch, which are copied as the driver copies them. */
typedef std::function<std::function<void()>(void**)> Kernel;

/** Dynamic shared memory that a launch may have, where it is not the default. */
std::map<const Kernel*, int> shared_allowed;

int allowed(const Kernel* kernel) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto found = shared_allowed.find(kernel);
  return found == shared_allowed.end() ? 48 << 10 : found->second;
}

template <class... Arguments, size_t... INDEX>
std::function<void()> with_arguments(
    void (*kernel)(Arguments...), void** values, std::index_sequence<INDEX...>) {
  std::tuple<Arguments...> arguments(*(Arguments*)values[INDEX]...);
  return [=] { std::apply(kernel, arguments); };
}

template <class... Arguments>
Kernel kernel_of(void (*kernel)(Arguments...)) {
  return [=](void** values) {
    return with_arguments(kernel, values, std::index_sequence_for<Arguments...>());
  };
}

#define ENTRY(name) {#name, kernel_of(name)}
const std::map<std::string, Kernel>& kernels() {
  static const std::map<std::string, Kernel> all = {
      ENTRY(prepare_f16),  ENTRY(prepare_i8),   ENTRY(prepare_f32),  ENTRY(score_f16_c8),
      ENTRY(score_f16_c16), ENTRY(score_f16_c32), ENTRY(score_i8_c8),  ENTRY(score_i8_c16),
      ENTRY(score_i8_c24), ENTRY(score_i8_c48), ENTRY(score_f32_c1), ENTRY(score_f32_c4),
      ENTRY(score_f32_c8), ENTRY(score_f32_c16), ENTRY(finish_f16),   ENTRY(finish_i8),
      ENTRY(finish_f32),   ENTRY(topk_pass),    ENTRY(sketch_1),     ENTRY(sketch_2),
      ENTRY(fold_sketch),  ENTRY(score_bits_c8), ENTRY(score_bits_c16), ENTRY(score_bits_c32),
      ENTRY(score_bits_c64), ENTRY(finish_bits), ENTRY(topk_filter)};
  return all;
}

}  // namespace

#define API extern "C" __attribute__((visibility("default")))
#define MAY_FAIL(name)                      \
  do {                                      \
    const int failed = failure(name);       \
    if (failed != SUCCESS) return failed;   \
  } while (0)
#define NEEDS_CONTEXT(name) \
  MAY_FAIL(name);           \
  if (current < 0) return INVALID_CONTEXT

// ------------------------------------------------------------------------------- for the tests

/** Forgets errors and allocations, and offers devices of so many bytes. */
API long long fake_reset(int devices, long long bytes) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  device_count = devices;
  driver_version = 13000;
  compute_capability = 90;
  for (int i = 0; i < MAX_DEVICES; i++) {
    capacity[i] = bytes;
    used[i] = 0;
  }
  for (auto& allocation : allocations) {
    free((void*)allocation.first);
  }
  allocations.clear();
  pinned.clear();
  failures.clear();
  calls.clear();
  events.clear();
  delay_micros = 0;
  contexts = 0;
  streams = 0;
  lost = 0;
  return 0;
}

API long long fake_set_capacity(int device, long long bytes) { return capacity[device] = bytes; }
API long long fake_set_driver(int version, int capability) {
  driver_version = version;
  compute_capability = capability;
  return 0;
}
API long long fake_set_delay(long long micros) { return delay_micros = micros; }

/** Lets a function fail `times` times, after so many calls that succeed. */
API long long fake_fail(const char* name, long long after, int code, long long times) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  failures[name] = {(long)after, code, (long)times};
  return 0;
}

API long long fake_used(int device) { return used[device]; }
API long long fake_calls(const char* name) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  return calls[name];
}
/** Pinned allocations, streams, events and retained contexts that were not given back. */
API long long fake_live() {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  return streams + contexts + (long long)(pinned.size() + events.size());
}

// ------------------------------------------------------------------------------- the driver

API int cuInit(unsigned) {
  MAY_FAIL("cuInit");
  return SUCCESS;
}
API int cuDriverGetVersion(int* version) {
  *version = driver_version;
  return SUCCESS;
}
API int cuDeviceGetCount(int* count) {
  MAY_FAIL("cuDeviceGetCount");
  *count = device_count;
  return SUCCESS;
}
API int cuDeviceGet(int* device, int index) {
  *device = index;
  return index < device_count ? SUCCESS : INVALID_DEVICE;
}
API int cuDeviceGetName(char* name, int length, int device) {
  snprintf(name, length, "Fake device %d", device);
  return SUCCESS;
}
API int cuDeviceGetAttribute(int* value, int attribute, int) {
  const int major = 75, minor = 76, shared_opt_in = 97;
  *value = attribute == major           ? compute_capability / 10
           : attribute == minor         ? compute_capability % 10
           : attribute == shared_opt_in ? shared_limit
                                        : 0;
  return SUCCESS;
}
API int cuDevicePrimaryCtxRetain(void** context, int device) {
  MAY_FAIL("cuDevicePrimaryCtxRetain");
  contexts++;
  *context = (void*)(intptr_t)(device + 1);
  return SUCCESS;
}
API int cuDevicePrimaryCtxRelease_v2(int) {
  contexts--;
  return SUCCESS;
}
API int cuCtxSetCurrent(void* context) {
  MAY_FAIL("cuCtxSetCurrent");
  current = (int)(intptr_t)context - 1;
  return SUCCESS;
}
API int cuModuleLoadData(void** module, const void* image) {
  NEEDS_CONTEXT("cuModuleLoadData");
  *module = (void*)1;
  return image ? SUCCESS : INVALID_VALUE;
}
API int cuModuleUnload(void*) { return SUCCESS; }
API int cuModuleGetFunction(void** function, void*, const char* name) {
  MAY_FAIL("cuModuleGetFunction");
  auto found = kernels().find(name);
  if (found == kernels().end()) {
    return NOT_FOUND;
  }
  *function = (void*)&found->second;
  return SUCCESS;
}
API int cuFuncSetAttribute(const Kernel* kernel, int, int value) {
  MAY_FAIL("cuFuncSetAttribute");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  shared_allowed[kernel] = value;
  return value <= shared_limit ? SUCCESS : INVALID_VALUE;
}
API int cuMemGetInfo_v2(size_t* available, size_t* total) {
  NEEDS_CONTEXT("cuMemGetInfo");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  *total = capacity[current];
  *available = *total - used[current];
  return SUCCESS;
}
API int cuMemAlloc_v2(u64* pointer, size_t bytes) {
  NEEDS_CONTEXT("cuMemAlloc");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  if (bytes == 0) {
    return INVALID_VALUE;
  }
  void* memory =
      used[current] + bytes <= capacity[current] ? aligned_alloc(512, (bytes + 511) / 512 * 512) : 0;
  if (!memory) {
    return OUT_OF_MEMORY;
  }
  memset(memory, 0xA5, bytes);
  used[current] += bytes;
  *pointer = (u64)memory;
  allocations[*pointer] = {bytes, current};
  return SUCCESS;
}
API int cuMemFree_v2(u64 pointer) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto found = allocations.find(pointer);
  if (found == allocations.end() || found->second.device != current) {
    return INVALID_VALUE;
  }
  memset((void*)pointer, 0xDD, found->second.bytes);
  used[current] -= found->second.bytes;
  allocations.erase(found);
  free((void*)pointer);
  return lost;
}
API int cuMemAllocHost_v2(void** pointer, size_t bytes) {
  NEEDS_CONTEXT("cuMemAllocHost");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  *pointer = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  memset(*pointer, 0xA5, bytes);
  pinned[*pointer] = bytes;
  return SUCCESS;
}
API int cuMemFreeHost(void* pointer) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  if (!pinned.erase(pointer)) {
    return INVALID_VALUE;
  }
  free(pointer);
  return lost;
}
API int cuMemcpyHtoDAsync_v2(u64 target, const void* source, size_t bytes, Stream* stream) {
  NEEDS_CONTEXT("cuMemcpyHtoDAsync");
  if (!contains(target, bytes) || !contains_pinned(source, bytes)) {
    return INVALID_VALUE;
  }
  add_to(stream, [=] {
    if (!contains(target, bytes) || !contains_pinned(source, bytes)) return ILLEGAL_ADDRESS;
    memcpy((void*)target, source, bytes);
    return SUCCESS;
  });
  return SUCCESS;
}
API int cuMemcpyDtoHAsync_v2(void* target, u64 source, size_t bytes, Stream* stream) {
  NEEDS_CONTEXT("cuMemcpyDtoHAsync");
  if (!contains(source, bytes) || !contains_pinned(target, bytes)) {
    return INVALID_VALUE;
  }
  add_to(stream, [=] {
    if (!contains(source, bytes) || !contains_pinned(target, bytes)) return ILLEGAL_ADDRESS;
    memcpy(target, (void*)source, bytes);
    return SUCCESS;
  });
  return SUCCESS;
}
API int cuMemcpyDtoDAsync_v2(u64 target, u64 source, size_t bytes, Stream* stream) {
  NEEDS_CONTEXT("cuMemcpyDtoDAsync");
  if (!contains(source, bytes) || !contains(target, bytes)) {
    return INVALID_VALUE;
  }
  add_to(stream, [=] {
    if (!contains(source, bytes) || !contains(target, bytes)) return ILLEGAL_ADDRESS;
    memcpy((void*)target, (void*)source, bytes);
    return SUCCESS;
  });
  return SUCCESS;
}
API int cuMemsetD8Async(u64 target, unsigned char value, size_t bytes, Stream* stream) {
  NEEDS_CONTEXT("cuMemsetD8Async");
  if (!contains(target, bytes)) {
    return INVALID_VALUE;
  }
  add_to(stream, [=] {
    if (!contains(target, bytes)) return ILLEGAL_ADDRESS;
    memset((void*)target, value, bytes);
    return SUCCESS;
  });
  return SUCCESS;
}
API int cuStreamCreate(Stream** stream, unsigned) {
  NEEDS_CONTEXT("cuStreamCreate");
  streams++;
  *stream = new Stream();
  return SUCCESS;
}
API int cuStreamSynchronize(Stream* stream) {
  NEEDS_CONTEXT("cuStreamSynchronize");
  return stream ? stream->finish() : lost.load();
}
API int cuStreamDestroy_v2(Stream* stream) {
  streams--;
  delete stream;
  return lost;
}
API int cuEventCreate(Event** event, unsigned) {
  NEEDS_CONTEXT("cuEventCreate");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto created = std::make_shared<Event>();
  events[created.get()] = created;
  *event = created.get();
  return SUCCESS;
}
API int cuEventRecord(Event* event, Stream* stream) {
  NEEDS_CONTEXT("cuEventRecord");
  std::lock_guard<std::recursive_mutex> guard(mutex);
  auto recorded = events[event];
  recorded->stream = stream;
  add_to(stream, [=] {
    recorded->time = std::chrono::steady_clock::now();
    return SUCCESS;
  });
  return SUCCESS;
}
API int cuEventSynchronize(Event* event) {
  NEEDS_CONTEXT("cuEventSynchronize");
  return event->stream ? event->stream->finish() : SUCCESS;
}
API int cuEventElapsedTime(float* millis, Event* from, Event* to) {
  *millis = std::chrono::duration<float, std::milli>(to->time - from->time).count();
  return SUCCESS;
}
API int cuEventDestroy_v2(Event* event) {
  std::lock_guard<std::recursive_mutex> guard(mutex);
  events.erase(event);
  return lost;
}
API int cuLaunchKernel(
    const Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
    unsigned block_y, unsigned block_z, unsigned shared_bytes, Stream* stream, void** arguments,
    void**) {
  NEEDS_CONTEXT("cuLaunchKernel");
  if (grid_x == 0 || grid_y == 0 || grid_y > 65535 || grid_z != 1 || block_x == 0 || block_x > 1024
      || block_y != 1 || block_z != 1 || (int)shared_bytes > allowed(kernel)) {
    return INVALID_VALUE;
  }
  auto bound = (*kernel)(arguments);
  add_to(stream, [=] {
    emulator::launch(grid_x, grid_y, block_x, shared_bytes, bound);
    return SUCCESS;
  });
  return SUCCESS;
}
