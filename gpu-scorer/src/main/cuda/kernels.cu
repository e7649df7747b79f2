// Exact inner products of stored rows with up to 16 queries, estimates of them from sign bits, their
// top k, and the RapidGrad sketch.
//
// Loaded as PTX through the driver API: org.rapidin.gpu.Kernels lists what is launched and with
// which grid. The same source compiles for a CPU with -DEMULATOR (src/test/cuda/emulator.h).
//
// Rows are numbers alone, `stride` bytes apart, zero padded to paddedK numbers, a multiple of 512,
// of bits: of 2048.
// A query is split into columns of the row's type, so that tensor cores can multiply them:
//   f16: 2 columns, q = (high + low / 2^11) * factor, 22 bits of every number
//   i8:  3 columns, q = (first + second / 254 + third / 254^2) * factor, 24 bits of the largest
//   f32: the query itself
//   bits: 4 columns, the bits of its digits from -7 to 7 in two's complement
// What a query scores does not depend on the other queries of a pass: products are added in the
// same order whatever the number of columns is.
#ifdef EMULATOR
#include "emulator.h"
#else
#include <cuda_fp16.h>
#define DYNAMIC_SHARED(Type, name)                        \
  extern __shared__ __align__(16) unsigned char name##_bytes[]; \
  Type* name = (Type*)name##_bytes
#endif

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#define KERNEL extern "C" __global__ void __launch_bounds__(256)

#define LANES 32
#define WARPS 8
#define FULL 0xffffffffu

/** A number of a row of sign bits. */
struct Bit;

/** How many bits a number of a row has. */
template <class Number>
struct Width {
  static constexpr int BITS = 8 * sizeof(Number);
};

template <>
struct Width<Bit> {
  static constexpr int BITS = 1;
};

template <class Number>
__device__ __forceinline__ i64 bytes_of(i64 numbers) {
  return numbers * Width<Number>::BITS / 8;
}

// ------------------------------------------------------------------------------- instructions

#ifndef EMULATOR
/** Reads 16 bytes that no other thread reads: they would only displace the columns from L1. */
__device__ __forceinline__ uint4 load_once(const uint4* p) {
  uint4 v;
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
      : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
      : "l"(p));
  return v;
}

/** Copies 16 bytes to shared memory while the thread goes on. */
__device__ __forceinline__ void copy_async(uint4* target, const u8* source) {
  const u32 address = (u32)__cvta_generic_to_shared(target);
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(source) : "memory");
}

__device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/** Waits until at most PENDING groups of this thread's copies are under way. */
template <int PENDING>
__device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

__device__ __forceinline__ int dynamic_shared_bytes() {
  int bytes;
  asm("mov.u32 %0, %%dynamic_smem_size;" : "=r"(bytes));
  return bytes;
}

__device__ __forceinline__ void multiply(
    float* d, u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

__device__ __forceinline__ void multiply(int* d, u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

/** Counts the bits that rows and columns have in common. */
__device__ __forceinline__ void multiply_bits(
    int* d, u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
#endif

/** Adds a product of 16 rows x 32 bytes with 8 columns x 32 bytes to four sums of each lane. */
template <class Number, class Sum>
__device__ __forceinline__ void multiply_chunk(
    Sum* d, const uint4& upper, const uint4& lower, const uint4& column) {
  // A lane has 16 consecutive bytes of its rows and of its column. The order of numbers within an
  // inner product is free, so these serve as the operands of two instructions.
  if constexpr (Width<Number>::BITS == 1) {
    multiply_bits(d, upper.x, lower.x, upper.y, lower.y, column.x, column.y);
    multiply_bits(d, upper.z, lower.z, upper.w, lower.w, column.z, column.w);
  } else {
    multiply(d, upper.x, lower.x, upper.y, lower.y, column.x, column.y);
    multiply(d, upper.z, lower.z, upper.w, lower.w, column.z, column.w);
  }
}

// ------------------------------------------------------------------------------- inner products

/** Rows of a block: a warp multiplies 16 of them. */
#define BLOCK_ROWS 128
/** Bytes of each row that a stage holds. */
#define CHUNK_BYTES 256
#define CHUNK_UNITS (CHUNK_BYTES / 16)

/** Where 16 bytes of a row are in a stage: odd rows are shifted, so that no two lanes share a bank. */
__device__ __forceinline__ int unit(int row, int index) {
  return row * CHUNK_UNITS + (index ^ (row % 2 * 4));
}

__device__ __forceinline__ void wait_for_stage(int stages) {
  if (stages == 2) {
    wait_for_copies<0>();
  } else if (stages == 3) {
    wait_for_copies<1>();
  } else {
    wait_for_copies<2>();
  }
}

/**
 * Partial inner products of n rows with 8 * GROUPS columns over one split of the numbers. Rows and
 * columns pass through 2 to 4 stages of (128 + 8 * GROUPS) * 256 bytes of shared memory, as many as
 * the launch provides: reads from device memory are then long, and many are in flight.
 * grid (ceil(n / 128), splits), block 256.
 *
 * @param row_ids the rows to score, or 0: the first n
 * @param k_per_split numbers, a multiple of 512, of bits: of 2048
 * @param columns [8 * GROUPS][padded_k]
 * @param partials [splits][n][8 * GROUPS]; of bits [splits][2 * GROUPS][n], the sums of digits
 */
template <class Number, class Sum, int GROUPS>
__device__ __forceinline__ void score_tensor(
    const u8* rows,
    i64 stride,
    const int* row_ids,
    int n,
    int padded_k,
    int k_per_split,
    const u8* columns,
    Sum* partials) {
  constexpr int COLUMNS = 8 * GROUPS;
  constexpr int STAGE_UNITS = (BLOCK_ROWS + COLUMNS) * CHUNK_UNITS;
  constexpr int ROWS_PER_COPY = LANES * WARPS / CHUNK_UNITS;
  constexpr int ROW_COPIES = BLOCK_ROWS / ROWS_PER_COPY;
  constexpr int COLUMN_COPIES = (COLUMNS + ROWS_PER_COPY - 1) / ROWS_PER_COPY;
  DYNAMIC_SHARED(uint4, shared);
  const int stages = min(4, dynamic_shared_bytes() / (STAGE_UNITS * 16));
  const int lane = threadIdx.x % LANES, warp = threadIdx.x / LANES, g = lane / 4, t = lane % 4;
  const int block_row = blockIdx.x * BLOCK_ROWS;
  const int from = blockIdx.y * k_per_split;
  const int to = min(padded_k, from + k_per_split);
  const int chunks = (int)bytes_of<Number>(to - from) / CHUNK_BYTES;

  // Copies: a thread has the same 16 bytes of each chunk of some rows and columns.
  const int copy_row = threadIdx.x / CHUNK_UNITS, copy_unit = threadIdx.x % CHUNK_UNITS;
  const u8* row_source[ROW_COPIES];
#pragma unroll
  for (int i = 0; i < ROW_COPIES; i++) {
    const int row = min(block_row + copy_row + i * ROWS_PER_COPY, n - 1);
    row_source[i] = rows + (row_ids ? row_ids[row] : row) * stride
        + bytes_of<Number>(from) + copy_unit * 16;
  }
  const u8* column_source =
      columns + bytes_of<Number>((i64)copy_row * padded_k + from) + copy_unit * 16;
  auto copy = [&](int chunk, int stage) {
    if (chunk < chunks) {
      uint4* target = shared + stage * STAGE_UNITS;
#pragma unroll
      for (int i = 0; i < ROW_COPIES; i++) {
        copy_async(
            target + unit(copy_row + i * ROWS_PER_COPY, copy_unit),
            row_source[i] + (i64)chunk * CHUNK_BYTES);
      }
#pragma unroll
      for (int i = 0; i < COLUMN_COPIES; i++) {
        const int column = copy_row + i * ROWS_PER_COPY;
        if (column < COLUMNS) {
          copy_async(
              target + unit(BLOCK_ROWS + column, copy_unit),
              column_source + bytes_of<Number>((i64)i * ROWS_PER_COPY * padded_k)
                  + (i64)chunk * CHUNK_BYTES);
        }
      }
    }
    // An empty group too: waiting counts groups.
    commit_copies();
  };

  Sum sums[GROUPS][4] = {};
  for (int stage = 0; stage < stages - 1; stage++) {
    copy(stage, stage);
  }
  for (int chunk = 0, stage = 0; chunk < chunks; chunk++) {
    wait_for_stage(stages);
    __syncthreads();
    // The stage that every warp has finished with.
    copy(chunk + stages - 1, stage == 0 ? stages - 1 : stage - 1);
    const uint4* numbers = shared + stage * STAGE_UNITS;
    const int upper = warp * 16 + g, lower = upper + 8;
#pragma unroll
    for (int u = t; u < CHUNK_UNITS; u += 8) {
      const uint4 a = numbers[unit(upper, u)], b = numbers[unit(lower, u)];
      const uint4 c = numbers[unit(upper, u + 4)], d = numbers[unit(lower, u + 4)];
#pragma unroll
      for (int group = 0; group < GROUPS; group++) {
        const int column = BLOCK_ROWS + group * 8 + g;
        if constexpr (Width<Number>::BITS == 1) {
          multiply_chunk<Number>(sums[group], a, b, numbers[unit(column, u)]);
          multiply_chunk<Number>(sums[group], c, d, numbers[unit(column, u + 4)]);
        } else {
          // Tensor cores round towards zero: a short chain, then a sum that rounds to nearest.
          Sum chain[4] = {0, 0, 0, 0};
          multiply_chunk<Number>(chain, a, b, numbers[unit(column, u)]);
          multiply_chunk<Number>(chain, c, d, numbers[unit(column, u + 4)]);
#pragma unroll
          for (int i = 0; i < 4; i++) {
            sums[group][i] += chain[i];
          }
        }
      }
    }
    stage = stage == stages - 1 ? 0 : stage + 1;
  }

  // A lane has columns 2t and 2t + 1 of rows g and g + 8.
#pragma unroll
  for (int part = 0; part < 2; part++) {
    const int row = block_row + warp * 16 + part * 8 + g;
#pragma unroll
    for (int group = 0; group < GROUPS; group++) {
      const Sum first = sums[group][2 * part], second = sums[group][2 * part + 1];
      if constexpr (Width<Number>::BITS == 1) {
        // Two lanes have the four columns of a query.
        const int half = t % 2 == 0 ? first + 2 * second : 4 * first - 8 * second;
        const int sum = half + __shfl_xor_sync(FULL, half, 1);
        const int query = 2 * group + t / 2;
        if (row < n && t % 2 == 0) {
          partials[((i64)blockIdx.y * 2 * GROUPS + query) * n + row] = sum;
        }
      } else if (row < n) {
        Sum* out = partials + ((i64)blockIdx.y * n + row) * COLUMNS + 8 * group + 2 * t;
        out[0] = first;
        out[1] = second;
      }
    }
  }
}

#define SCORE_TENSOR(name, Number, Sum, GROUPS)                                                    \
  KERNEL name(                                                                                     \
      const u8* rows, i64 stride, const int* row_ids, int n, int padded_k, int k_per_split,        \
      const u8* columns, Sum* partials) {                                                          \
    score_tensor<Number, Sum, GROUPS>(                                                             \
        rows, stride, row_ids, n, padded_k, k_per_split, columns, partials);                       \
  }
SCORE_TENSOR(score_f16_c8, __half, float, 1)
SCORE_TENSOR(score_f16_c16, __half, float, 2)
SCORE_TENSOR(score_f16_c32, __half, float, 4)
SCORE_TENSOR(score_i8_c8, signed char, int, 1)
SCORE_TENSOR(score_i8_c16, signed char, int, 2)
SCORE_TENSOR(score_i8_c24, signed char, int, 3)
SCORE_TENSOR(score_i8_c48, signed char, int, 6)
SCORE_TENSOR(score_bits_c8, Bit, int, 1)
SCORE_TENSOR(score_bits_c16, Bit, int, 2)
SCORE_TENSOR(score_bits_c32, Bit, int, 4)
SCORE_TENSOR(score_bits_c64, Bit, int, 8)

/** Rows that a warp scores at once where a fused multiply-add does the work. */
#define FLOAT_ROWS 4

/** As score_tensor, for float rows. grid (ceil(n / 32), splits), block 256. */
template <int COLUMNS>
__device__ __forceinline__ void score_float(
    const u8* rows,
    i64 stride,
    const int* row_ids,
    int n,
    int padded_k,
    int k_per_split,
    const float* columns,
    float* partials) {
  const int lane = threadIdx.x % LANES;
  const int first = (blockIdx.x * WARPS + threadIdx.x / LANES) * FLOAT_ROWS;
  if (first >= n) {
    return;
  }
  const int from = blockIdx.y * k_per_split;
  const int to = min(padded_k, from + k_per_split);
  const float4* row[FLOAT_ROWS];
#pragma unroll
  for (int r = 0; r < FLOAT_ROWS; r++) {
    const int i = min(first + r, n - 1);
    row[r] = (const float4*)(rows + (row_ids ? row_ids[i] : i) * stride);
  }
  float sums[FLOAT_ROWS][COLUMNS] = {};
  for (int k = from / 4 + lane; k < to / 4; k += LANES) {
    float4 v[FLOAT_ROWS];
#pragma unroll
    for (int r = 0; r < FLOAT_ROWS; r++) {
      const uint4 bits = load_once((const uint4*)(row[r] + k));
      v[r].x = __uint_as_float(bits.x);
      v[r].y = __uint_as_float(bits.y);
      v[r].z = __uint_as_float(bits.z);
      v[r].w = __uint_as_float(bits.w);
    }
#pragma unroll
    for (int c = 0; c < COLUMNS; c++) {
      const float4 q = __ldg((const float4*)(columns + (i64)c * padded_k) + k);
#pragma unroll
      for (int r = 0; r < FLOAT_ROWS; r++) {
        sums[r][c] = fmaf(v[r].x, q.x, sums[r][c]);
        sums[r][c] = fmaf(v[r].y, q.y, sums[r][c]);
        sums[r][c] = fmaf(v[r].z, q.z, sums[r][c]);
        sums[r][c] = fmaf(v[r].w, q.w, sums[r][c]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < FLOAT_ROWS; r++) {
#pragma unroll
    for (int c = 0; c < COLUMNS; c++) {
      float sum = sums[r][c];
#pragma unroll
      for (int distance = LANES / 2; distance > 0; distance /= 2) {
        sum += __shfl_xor_sync(FULL, sum, distance);
      }
      if (lane == 0 && first + r < n) {
        partials[((i64)blockIdx.y * n + first + r) * COLUMNS + c] = sum;
      }
    }
  }
}

#define SCORE_FLOAT(name, COLUMNS)                                                                 \
  KERNEL name(                                                                                     \
      const u8* rows, i64 stride, const int* row_ids, int n, int padded_k, int k_per_split,        \
      const float* columns, float* partials) {                                                     \
    score_float<COLUMNS>(                                                                          \
        rows, stride, row_ids, n, padded_k, k_per_split, columns, partials);                       \
  }
SCORE_FLOAT(score_f32_c1, 1)
SCORE_FLOAT(score_f32_c4, 4)
SCORE_FLOAT(score_f32_c8, 8)
SCORE_FLOAT(score_f32_c16, 16)

// ------------------------------------------------------------------------------- queries

/** The largest magnitude of a query, the same in all 256 threads of the block. */
__device__ __forceinline__ float largest(const float* query, int k) {
  __shared__ float warps[WARPS];
  float max = 0;
  for (int i = threadIdx.x; i < k; i += LANES * WARPS) {
    max = fmaxf(max, fabsf(query[i]));
  }
  for (int distance = LANES / 2; distance > 0; distance /= 2) {
    max = fmaxf(max, __shfl_xor_sync(FULL, max, distance));
  }
  if (threadIdx.x % LANES == 0) {
    warps[threadIdx.x / LANES] = max;
  }
  __syncthreads();
  for (int w = 0; w < WARPS; w++) {
    max = fmaxf(max, warps[w]);
  }
  return max;
}

#define F16_LOW 2048.0

/** grid (column_count / 2), block 256; block m writes columns 2m and 2m + 1. */
KERNEL prepare_f16(
    const float* queries, int k, int padded_k, int q, int column_count, __half* columns,
    double* factors) {
  const int m = blockIdx.x;
  const float* query = queries + (i64)m * k;
  const float max = m < q ? largest(query, k) : 0;
  // The largest number becomes 2^14 to 2^15: the low column then stays in half's range too.
  const int exponent = max > 0 ? 14 - ilogb((double)max) : 0;
  __half* high = columns + (i64)2 * m * padded_k;
  __half* low = high + padded_k;
  for (int i = threadIdx.x; i < padded_k; i += LANES * WARPS) {
    const double x = m < q && i < k ? scalbn((double)query[i], exponent) : 0;
    const __half h = __float2half_rn((float)x);
    high[i] = h;
    low[i] = __float2half_rn((float)((x - (double)__half2float(h)) * F16_LOW));
  }
  if (m < q && threadIdx.x == 0) {
    factors[m] = scalbn(1.0, -exponent);
  }
}

#define I8_MAX 127.0
#define I8_BASE 254.0

/** grid (ceil(column_count / 3)), block 256; block m writes columns 3m to 3m + 2. */
KERNEL prepare_i8(
    const float* queries, int k, int padded_k, int q, int column_count, signed char* columns,
    double* factors) {
  const int m = blockIdx.x;
  const float* query = queries + (i64)m * k;
  const float max = m < q ? largest(query, k) : 0;
  for (int i = threadIdx.x; i < padded_k; i += LANES * WARPS) {
    double rest = m < q && i < k && max > 0 ? (double)query[i] / max * I8_MAX : 0;
    for (int digit = 0; digit < 3 && 3 * m + digit < column_count; digit++) {
      const double rounded = rint(rest);
      columns[(i64)(3 * m + digit) * padded_k + i] = (signed char)rounded;
      rest = (rest - rounded) * I8_BASE;
    }
  }
  if (m < q && threadIdx.x == 0) {
    factors[m] = max / I8_MAX;
  }
}

/** grid (column_count), block 256; block m writes column m. */
KERNEL prepare_f32(
    const float* queries, int k, int padded_k, int q, int column_count, float* columns,
    double* factors) {
  const int m = blockIdx.x;
  for (int i = threadIdx.x; i < padded_k; i += LANES * WARPS) {
    columns[(i64)m * padded_k + i] = m < q && i < k ? queries[(i64)m * k + i] : 0;
  }
  if (m < q && threadIdx.x == 0) {
    factors[m] = 1;
  }
}

// ------------------------------------------------------------------------------- scores, top k

/** Sums row by row, and one factor for each query. */
struct ScaledSum {
  template <class Sum>
  static __device__ __forceinline__ const Sum* row(
      const Sum* partials, i64 split, int n, int i, int column_count) {
    return partials + (split * n + i) * column_count;
  }

  static __device__ __forceinline__ float score(
      double sum, const double* factors, int m, float row_scale) {
    return (float)(sum * factors[m] * row_scale);
  }
};

struct F16Columns : ScaledSum {
  typedef float Sum;
  static __device__ __forceinline__ double sum(const float* p, int, int m) {
    return (double)p[2 * m] + (double)p[2 * m + 1] / F16_LOW;
  }
};

struct I8Columns : ScaledSum {
  typedef int Sum;
  static __device__ __forceinline__ double sum(const int* p, int, int m) {
    return p[3 * m] + (p[3 * m + 1] + p[3 * m + 2] / I8_BASE) / I8_BASE;
  }
};

struct F32Columns : ScaledSum {
  typedef float Sum;
  static __device__ __forceinline__ double sum(const float* p, int, int m) { return p[m]; }
};

/**
 * Sums query by query, and three factors for each: the step of its digits, their sum, and what is
 * added.
 */
struct BitColumns {
  typedef int Sum;
  static __device__ __forceinline__ const int* row(
      const int* partials, i64 split, int n, int i, int column_count) {
    return partials + split * column_count * n + i;
  }

  static __device__ __forceinline__ double sum(const int* p, int n, int m) { return p[(i64)m * n]; }

  /** To the bit as org.rapidin.scorer.bits.SignQuery does, so nothing may be fused. */
  static __device__ __forceinline__ float score(
      double sum, const double* factors, int m, float row_factor) {
    const double* own = factors + 3 * m;
    const double product = __dmul_rn(own[0], 2 * sum - own[1]);
    return (float)__dadd_rn(__dmul_rn(row_factor, product), own[2]);
  }
};

/** Orders by score, descending, then by ordinal, ascending; 0 is no candidate. */
__device__ __forceinline__ u64 key(float score, u32 ordinal) {
  u32 bits = __float_as_uint(score == 0 ? 0.0f : score);
  bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return (u64)bits << 32 | (0xffffffffu - ordinal);
}

/**
 * Adds the splits and applies the scales. grid (ceil(n / 256), queries), block 256.
 *
 * @param accept bits by ordinal, or 0: all
 * @param scores [queries][n], or 0
 * @param keys [queries][n], or 0; NaN and rows that are not accepted get 0
 */
template <class Columns>
__device__ __forceinline__ void finish(
    const typename Columns::Sum* partials,
    int n,
    int column_count,
    int splits,
    const float* row_scales,
    const double* factors,
    const int* row_ids,
    const u64* accept,
    float* scores,
    u64* keys) {
  const int i = blockIdx.x * LANES * WARPS + threadIdx.x, m = blockIdx.y;
  if (i >= n) {
    return;
  }
  double sum = 0;
  for (int split = 0; split < splits; split++) {
    sum += Columns::sum(Columns::row(partials, split, n, i, column_count), n, m);
  }
  const int ordinal = row_ids ? row_ids[i] : i;
  const float score = Columns::score(sum, factors, m, row_scales[ordinal]);
  if (scores) {
    scores[(i64)m * n + i] = score;
  }
  if (keys) {
    const bool accepted = !accept || (accept[ordinal / 64] >> (ordinal % 64) & 1);
    keys[(i64)m * n + i] = accepted && score == score ? key(score, (u32)ordinal) : 0;
  }
}

#define FINISH(name, Columns)                                                                      \
  KERNEL name(                                                                                     \
      const Columns::Sum* partials, int n, int column_count, int splits, const float* row_scales,  \
      const double* factors, const int* row_ids, const u64* accept, float* scores, u64* keys) {    \
    finish<Columns>(                                                                               \
        partials, n, column_count, splits, row_scales, factors, row_ids, accept, scores, keys);    \
  }
FINISH(finish_f16, F16Columns)
FINISH(finish_i8, I8Columns)
FINISH(finish_f32, F32Columns)
FINISH(finish_bits, BitColumns)

#define TOP_KEYS 4096
#define TOP_THREADS 512

/**
 * The k largest of each 4096 keys, descending: repeat until one block is left.
 * grid (ceil(n / 4096), queries), block 512, 32 KiB of dynamic shared memory.
 *
 * @param in [queries][stride]
 * @param step each step-th key is taken
 * @param n how many are taken
 * @param out [queries][gridDim.x * k]
 */
extern "C" __global__ void __launch_bounds__(TOP_THREADS) topk_pass(
    const u64* in, i64 stride, int step, int n, int k, u64* out) {
  DYNAMIC_SHARED(u64, keys);
  const u64* source = in + blockIdx.y * stride;
  const int first = blockIdx.x * TOP_KEYS;
  for (int i = threadIdx.x; i < TOP_KEYS; i += TOP_THREADS) {
    keys[i] = first + i < n ? source[(i64)(first + i) * step] : 0;
  }
  __syncthreads();
  // Bitonic sort.
  for (int size = 2; size <= TOP_KEYS; size *= 2) {
    for (int distance = size / 2; distance > 0; distance /= 2) {
      for (int i = threadIdx.x; i < TOP_KEYS / 2; i += TOP_THREADS) {
        const int low = 2 * i - i % distance, high = low + distance;
        const u64 a = keys[low], b = keys[high];
        if ((a < b) == ((low & size) == 0)) {
          keys[low] = b;
          keys[high] = a;
        }
      }
      __syncthreads();
    }
  }
  for (int i = threadIdx.x; i < k; i += TOP_THREADS) {
    out[((i64)blockIdx.y * gridDim.x + blockIdx.x) * k + i] = keys[i];
  }
}

/**
 * Collects the keys that are not below the k-th of the best ones of a part, so at least k. Their
 * order is any; equal keys do not exist. grid (any, queries), block 256.
 *
 * @param keys [queries][n]
 * @param best [queries][k], descending
 * @param capacity what is beyond is counted only
 * @param kept [queries][capacity]
 * @param counts [queries], added to
 */
KERNEL topk_filter(
    const u64* keys, int n, const u64* best, int k, int capacity, u64* kept, int* counts) {
  const int m = blockIdx.y, lane = threadIdx.x % LANES;
  const u64* own = keys + (i64)m * n;
  // 0 if there are fewer than k; then all but 0 are kept.
  const u64 least = max(best[(i64)m * k + k - 1], (u64)1);
  for (i64 first = (i64)blockIdx.x * LANES * WARPS; first < n; first += (i64)gridDim.x * LANES * WARPS) {
    const i64 i = first + threadIdx.x;
    const u64 key = i < n ? own[i] : 0;
    const u32 keep = __ballot_sync(FULL, key >= least);
    if (keep == 0) {
      continue;
    }
    int base = 0;
    if (lane == 0) {
      base = atomicAdd(counts + m, __popc(keep));
    }
    base = __shfl_sync(FULL, base, 0);
    const int at = base + __popc(keep & ((1u << lane) - 1));
    if (key >= least && at < capacity) {
      kept[(i64)m * capacity + at] = key;
    }
  }
}

// ------------------------------------------------------------------------------- sketch

#define CHUNK 64
/** SplitMix64's finaliser. */
__device__ __forceinline__ u64 mix(u64 z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/** A chunk of a window: numbers [from, from + count) go to slots [offset + from, ...). */
struct Target {
  u32 at;
  int offset, from, count;
  u32 low_signs, high_signs;
};

/** What the threads of a sketch share. */
struct Piece {
  const float* x;
  i64 row_stride;
  int gradients;
  i64 position;
  int length;
  const u32* entries;
  const int* window_starts;
  int windows, window_slots;
  u64 slot_key, sign_key;
  int slot_shift;
};

__device__ __forceinline__ Target target_of(const Piece& piece, int window, u32 entry) {
  const i64 first_chunk = piece.position / CHUNK;
  const u64 counter = (u64)(first_chunk + entry) * 0x9E3779B97F4A7C15ull;
  const u64 signs = mix(piece.sign_key + counter);
  const int at = (int)(first_chunk * CHUNK - piece.position) + (int)(entry * CHUNK);
  Target target;
  target.at = (u32)at;
  target.offset =
      (int)(mix(piece.slot_key + counter) >> piece.slot_shift) - window * piece.window_slots;
  target.from = max(max(0, -target.offset), -at);
  const int to = min(min(CHUNK, piece.window_slots - target.offset), piece.length - at);
  target.count = max(0, to - target.from);
  target.low_signs = (u32)signs;
  target.high_signs = (u32)(signs >> 32);
  return target;
}

/** One slot of several gradients, read and written at once. */
template <int GRADIENTS>
struct __align__(4 * GRADIENTS) Sums {
  float of[GRADIENTS];

  /** Adds plus or minus x * scale, product and sum rounded. */
  __device__ __forceinline__ void add(const float* x, const float* scale, u32 sign) {
#pragma unroll
    for (int r = 0; r < GRADIENTS; r++) {
      const u32 bits = __float_as_uint(__fmul_rn(x[r], scale[r])) ^ sign;
      of[r] = __fadd_rn(of[r], __uint_as_float(bits));
    }
  }
};

/** Numbers of AHEAD chunks of each gradient, on their way: a lane has numbers lane and lane + 32. */
template <int GRADIENTS, int AHEAD>
struct Numbers {
  float low[AHEAD][GRADIENTS], high[AHEAD][GRADIENTS];

  __device__ __forceinline__ void load(
      const Target* targets, int lane, const float* const* gradient) {
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const Target target = targets[j];
      const int at = (int)target.at + lane;
      const bool has_low = (u32)(lane - target.from) < (u32)target.count;
      const bool has_high = (u32)(lane + LANES - target.from) < (u32)target.count;
#pragma unroll
      for (int r = 0; r < GRADIENTS; r++) {
        low[j][r] = has_low ? __ldg(gradient[r] + at) : 0;
        high[j][r] = has_high ? __ldg(gradient[r] + at + LANES) : 0;
      }
    }
  }

  __device__ __forceinline__ void add(
      const Target* targets, int lane, const float* scale, Sums<GRADIENTS>* sums) const {
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const Target target = targets[j];
      Sums<GRADIENTS>* slot = sums + target.offset + lane;
      const bool has_low = (u32)(lane - target.from) < (u32)target.count;
      const bool has_high = (u32)(lane + LANES - target.from) < (u32)target.count;
      Sums<GRADIENTS> low_sum, high_sum;
      if (has_low) {
        low_sum = slot[0];
      }
      if (has_high) {
        high_sum = slot[LANES];
      }
      low_sum.add(low[j], scale, target.low_signs >> lane << 31);
      high_sum.add(high[j], scale, target.high_signs >> lane << 31);
      if (has_low) {
        slot[0] = low_sum;
      }
      if (has_high) {
        slot[LANES] = high_sum;
      }
      // The next chunk may add to the same slots by other lanes.
      __syncwarp();
    }
  }
};

/**
 * Adds a piece of each gradient of a batch to its slots, to the bit as
 * org.rapidin.attribution.sketch.StreamingSketch does: each slot adds in the order of positions.
 * A warp has a window of slots to itself and takes the chunks that reach into it in that order, for
 * GRADIENTS gradients at once; the numbers of the next chunks are loaded meanwhile.
 * grid (ceil(windows / 8), ceil(gradients / GRADIENTS)), block 256,
 * 8 * GRADIENTS * window_slots * 4 bytes of dynamic shared memory.
 *
 * @param x [gradients][>= length], row_stride numbers apart
 * @param position of the piece's first number in the whole gradient
 * @param length less than 2^31
 * @param entries for each window, the chunks that reach into it in ascending order, counted from
 *     the chunk of `position`
 * @param window_starts [windows + 1] indices into entries
 * @param window_slots a power of two from 64 to 1024
 * @param scales [gradients]
 * @param slots [gradients][slot_stride], windows * window_slots or more, added to
 */
template <int GRADIENTS, int AHEAD>
__device__ __forceinline__ void add_piece(
    const Piece& piece, const float* scales, float* slots, i64 slot_stride) {
  DYNAMIC_SHARED(Sums<GRADIENTS>, shared);
  // Two groups of 32 chunks: one is added while numbers of the next are loaded.
  __shared__ Target targets[WARPS][2 * LANES];
  const int lane = threadIdx.x % LANES, warp = threadIdx.x / LANES;
  const int window = blockIdx.x * WARPS + warp;
  if (window >= piece.windows) {
    return;
  }
  const int window_slots = piece.window_slots;
  const int first = blockIdx.y * GRADIENTS;
  Sums<GRADIENTS>* sums = shared + warp * window_slots;
  const float* gradient[GRADIENTS];
  float scale[GRADIENTS];
#pragma unroll
  for (int r = 0; r < GRADIENTS; r++) {
    // The last one again where the batch has no more; its sums are not written.
    const int own = min(first + r, piece.gradients - 1);
    gradient[r] = piece.x + own * piece.row_stride;
    scale[r] = scales[own];
    for (int i = lane; i < window_slots; i += LANES) {
      sums[i].of[r] = slots[own * slot_stride + (i64)window * window_slots + i];
    }
  }

  Target* own_targets = targets[warp];
  const int start = piece.window_starts[window];
  const int count = piece.window_starts[window + 1] - start;
  const u32* entries = piece.entries + start;
  u32 entry = lane < count ? entries[lane] : 0;
  // The targets of chunks [at, at + 32), where no chunk is left: of no numbers.
  auto prepare = [&](int at) {
    Target target = {};
    if (at + lane < count) {
      target = target_of(piece, window, entry);
    }
    own_targets[at % (2 * LANES) + lane] = target;
    const int next = at + LANES + lane;
    entry = next < count ? entries[next] : 0;
    __syncwarp();
  };
  Numbers<GRADIENTS, AHEAD> even, odd;
  prepare(0);
  even.load(own_targets, lane, gradient);
  for (int at = 0; at < count; at += 2 * AHEAD) {
    odd.load(own_targets + (at + AHEAD) % (2 * LANES), lane, gradient);
    even.add(own_targets + at % (2 * LANES), lane, scale, sums);
    if ((at + 2 * AHEAD) % LANES == 0) {
      prepare(at + 2 * AHEAD);
    }
    even.load(own_targets + (at + 2 * AHEAD) % (2 * LANES), lane, gradient);
    odd.add(own_targets + (at + AHEAD) % (2 * LANES), lane, scale, sums);
  }

  __syncwarp();
#pragma unroll
  for (int r = 0; r < GRADIENTS; r++) {
    if (first + r < piece.gradients) {
      float* out = slots + (first + r) * slot_stride + (i64)window * window_slots;
      for (int i = lane; i < window_slots; i += LANES) {
        out[i] = sums[i].of[r];
      }
    }
  }
}

#define SKETCH(name, GRADIENTS, AHEAD)                                                             \
  extern "C" __global__ void __launch_bounds__(256, 2) name(                                       \
      const float* x, i64 row_stride, int gradients, i64 position, int length, const u32* entries, \
      const int* window_starts, int windows, int window_slots, u64 slot_key, u64 sign_key,         \
      int slot_shift, const float* scales, float* slots, i64 slot_stride) {                        \
    const Piece piece = {                                                                          \
        x, row_stride, gradients, position, length, entries, window_starts, windows, window_slots, \
        slot_key, sign_key, slot_shift};                                                           \
    add_piece<GRADIENTS, AHEAD>(piece, scales, slots, slot_stride);                                \
  }
SKETCH(sketch_1, 1, 8)
SKETCH(sketch_2, 2, 8)

/**
 * Adds slot k + i to slot i. grid (ceil(k / 256), gradients), block 256.
 *
 * @param out [gradients][k]
 */
KERNEL fold_sketch(const float* slots, i64 slot_stride, int k, float* out) {
  const int i = blockIdx.x * LANES * WARPS + threadIdx.x;
  if (i < k) {
    const float* own = slots + blockIdx.y * slot_stride;
    const float sum = own[i];
    out[(i64)blockIdx.y * k + i] = i < CHUNK - 1 ? __fadd_rn(sum, own[k + i]) : sum;
  }
}
