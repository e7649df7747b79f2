// Runs CUDA kernels on a CPU, for tests without a GPU: each thread of a block is a fiber that is
// suspended at barriers, blocks run one after another. Include it before the kernels (-DEMULATOR),
// then call emulator::launch.
#pragma once
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <functional>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __shared__ static thread_local

struct alignas(16) uint4 {
  unsigned int x, y, z, w;
};

struct alignas(16) float4 {
  float x, y, z, w;
};

struct __half {
  uint16_t bits;
};

// Stores the stack pointer of this fiber and goes on with another. glibc's swapcontext also does two
// system calls, which took nine tenths of a kernel's time.
extern "C" void emulator_switch(void** from, void* to);
asm(R"(
.text
.globl emulator_switch
.hidden emulator_switch
.type emulator_switch, @function
emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulator_switch, .-emulator_switch
)");

namespace emulator {

struct Index {
  int x, y, z;
};

/** Operands of one lane's part of a warp-wide instruction. */
struct Operands {
  uint32_t words[6];
};

struct Warp {
  int waiting, generation;
  // A lane may be one instruction ahead of another, never two.
  Operands operands[2][32];
  int turn[32];
};

struct Block {
  Index thread, block, grid;
  int threads, current, alive, waiting, generation;
  std::vector<void*> fibers;
  std::vector<std::vector<char>> stacks;
  std::vector<char> done;
  std::vector<Warp> warps;
  std::vector<unsigned char> shared;
  std::function<void()> kernel;
  void* scheduler;
};

inline Block& block() {
  static thread_local Block state;
  return state;
}

inline void yield() {
  Block& b = block();
  emulator_switch(&b.fibers[b.current], b.scheduler);
}

inline void block_barrier() {
  Block& b = block();
  const int generation = b.generation;
  if (++b.waiting == b.alive) {
    b.waiting = 0;
    b.generation++;
  }
  while (b.generation == generation) {
    yield();
  }
}

inline void warp_barrier() {
  Block& b = block();
  Warp& warp = b.warps[b.current / 32];
  const int generation = warp.generation;
  if (++warp.waiting == 32) {
    warp.waiting = 0;
    warp.generation++;
  }
  while (warp.generation == generation) {
    yield();
  }
}

/** Gives this lane's operands to the warp and returns those of all 32 lanes. */
inline const Operands* exchange(const Operands& own) {
  Block& b = block();
  Warp& warp = b.warps[b.current / 32];
  const int lane = b.current % 32;
  Operands* all = warp.operands[warp.turn[lane]++ % 2];
  all[lane] = own;
  warp_barrier();
  return all;
}

inline void fiber() {
  Block& b = block();
  b.kernel();
  b.done[b.current] = 1;
  b.alive--;
  if (b.alive > 0 && b.waiting == b.alive) {
    b.waiting = 0;
    b.generation++;
  }
  emulator_switch(&b.fibers[b.current], b.scheduler);
}

/** Returns a stack pointer from which emulator_switch goes on at the beginning of fiber(). */
inline void* new_fiber(std::vector<char>& stack) {
  // As after a call: the return address is 8 bytes below a multiple of 16.
  void** top = (void**)((uintptr_t)(stack.data() + stack.size()) & ~(uintptr_t)15) - 1;
  *--top = (void*)fiber;
  const int saved_registers = 6;
  return top - saved_registers;
}

inline void run_block(Index at) {
  Block& b = block();
  b.block = at;
  b.alive = b.threads;
  b.waiting = 0;
  // Uninitialized shared memory must not look like zeros.
  memset(b.shared.data(), 0xA5, b.shared.size());
  b.warps.assign((b.threads + 31) / 32, Warp());
  for (int t = 0; t < b.threads; t++) {
    b.fibers[t] = new_fiber(b.stacks[t]);
    b.done[t] = 0;
  }
  while (b.alive > 0) {
    for (int t = 0; t < b.threads; t++) {
      if (!b.done[t]) {
        b.current = t;
        b.thread = {t, 0, 0};
        emulator_switch(&b.scheduler, b.fibers[t]);
      }
    }
  }
}

/** Runs a kernel; safe from several host threads at once. */
inline void launch(
    int grid_x, int grid_y, int threads, size_t shared_bytes, std::function<void()> kernel) {
  Block& b = block();
  b.kernel = kernel;
  b.grid = {grid_x, grid_y, 1};
  b.threads = threads;
  b.shared.resize(shared_bytes + 64);
  b.fibers.resize(threads);
  b.done.resize(threads);
  while ((int)b.stacks.size() < threads) {
    b.stacks.emplace_back(64 << 10);
  }
  for (int y = 0; y < grid_y; y++) {
    for (int x = 0; x < grid_x; x++) {
      run_block({x, y, 0});
    }
  }
}

}  // namespace emulator

#define threadIdx (emulator::block().thread)
#define blockIdx (emulator::block().block)
#define gridDim (emulator::block().grid)
#define DYNAMIC_SHARED(Type, name) \
  Type* name = (Type*)(((uintptr_t)emulator::block().shared.data() + 15) & ~(uintptr_t)15)

inline void __syncthreads() { emulator::block_barrier(); }
inline void __syncwarp() { emulator::warp_barrier(); }

template <class T>
inline T min(T a, T b) {
  return a < b ? a : b;
}

template <class T>
inline T __ldg(const T* p) {
  return *p;
}

template <class T>
inline T max(T a, T b) {
  return a > b ? a : b;
}

inline uint4 load_once(const uint4* p) { return *p; }

inline void copy_async(uint4* target, const unsigned char* source) {
  memcpy(target, source, sizeof *target);
}

inline void commit_copies() {}

template <int PENDING>
inline void wait_for_copies() {}

inline int dynamic_shared_bytes() { return (int)emulator::block().shared.size() - 64; }

inline float __uint_as_float(uint32_t bits) {
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

inline uint32_t __float_as_uint(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}

// Built with -ffp-contract=off, so neither is fused.
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }

inline __half __float2half_rn(float f) { return {(uint16_t)_cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT)}; }
inline float __half2float(__half h) { return _cvtsh_ss(h.bits); }

inline int __shfl_xor_sync(unsigned, int value, int distance) {
  emulator::Operands own = {{(uint32_t)value}};
  const int lane = emulator::block().current % 32;
  return (int)emulator::exchange(own)[lane ^ distance].words[0];
}

inline int __shfl_sync(unsigned, int value, int source) {
  emulator::Operands own = {{(uint32_t)value}};
  return (int)emulator::exchange(own)[source].words[0];
}

inline unsigned __ballot_sync(unsigned, bool predicate) {
  emulator::Operands own = {{predicate}};
  const emulator::Operands* all = emulator::exchange(own);
  unsigned bits = 0;
  for (int lane = 0; lane < 32; lane++) {
    bits |= all[lane].words[0] << lane;
  }
  return bits;
}

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

// Fibers of one host thread, so nothing comes between.
inline int atomicAdd(int* target, int value) {
  const int before = *target;
  *target += value;
  return before;
}

inline float __shfl_xor_sync(unsigned mask, float value, int distance) {
  return __uint_as_float(__shfl_xor_sync(mask, (int)__float_as_uint(value), distance));
}

namespace emulator {

inline float half_of(uint32_t word, int i) { return _cvtsh_ss((uint16_t)(word >> 16 * i)); }

inline float product_of_halves(uint32_t a, uint32_t b) {
  return half_of(a, 0) * half_of(b, 0) + half_of(a, 1) * half_of(b, 1);
}

inline int product_of_bytes(uint32_t a, uint32_t b) {
  int sum = 0;
  for (int i = 0; i < 32; i += 8) {
    sum += (int8_t)(a >> i) * (int8_t)(b >> i);
  }
  return sum;
}

inline int product_of_bits(uint32_t a, uint32_t b) { return __builtin_popcount(a & b); }

/** One element of D = A B: row of A (16), column of B (8), as PTX lays them out over the lanes. */
template <class Sum, class Product>
inline Sum element(const Operands* all, int row, int column, Product product) {
  Sum sum = 0;
  for (int t = 0; t < 4; t++) {
    const Operands& a = all[row % 8 * 4 + t];
    const Operands& b = all[column * 4 + t];
    for (int part = 0; part < 2; part++) {
      const uint32_t a_word = a.words[2 * part + row / 8], b_word = b.words[4 + part];
      sum += product(a_word, b_word);
    }
  }
  return sum;
}

}  // namespace emulator

namespace emulator {

template <class Sum, class Product>
inline void multiply(
    Sum* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1,
    Product product) {
  const Operands* all = exchange({{a0, a1, a2, a3, b0, b1}});
  const int lane = block().current % 32;
  for (int i = 0; i < 4; i++) {
    d[i] += element<Sum>(all, lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2, product);
  }
}

}  // namespace emulator

inline void multiply(
    float* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
  emulator::multiply(d, a0, a1, a2, a3, b0, b1, emulator::product_of_halves);
}

inline void multiply(
    int* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
  emulator::multiply(d, a0, a1, a2, a3, b0, b1, emulator::product_of_bytes);
}

inline void multiply_bits(
    int* d, uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
  emulator::multiply(d, a0, a1, a2, a3, b0, b1, emulator::product_of_bits);
}
