/* The C loop that ScanBenchmark compares with: half-precision rows times a float query, four rows at
a time, with the CPU's conversion; and the sum of all words, as the limit of reading.
gcc -O3 -march=native -shared -fPIC */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __AVX512F__
#define LANES 16
typedef __m512 floats;
#define ZERO() _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define HALVES(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#else
#define LANES 8
typedef __m256 floats;
#define ZERO() _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps(p)
#define HALVES(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#endif

static float sum(floats v) {
  float lanes[LANES], total = 0;
  __builtin_memcpy(lanes, &v, sizeof lanes);
  for (int i = 0; i < LANES; i++) total += lanes[i];
  return total;
}

/* n must be a multiple of 4, k a multiple of 16. */
void scan_half(const uint16_t *rows, const float *scales, const float *query, int64_t n, int64_t k,
               float *products) {
  for (int64_t r = 0; r < n; r += 4) {
    const uint16_t *row = rows + r * k;
    floats a = ZERO(), b = ZERO(), c = ZERO(), d = ZERO();
    for (int64_t i = 0; i < k; i += LANES) {
      floats q = LOAD(query + i);
      a = FMA(HALVES(row + i), q, a);
      b = FMA(HALVES(row + k + i), q, b);
      c = FMA(HALVES(row + 2 * k + i), q, c);
      d = FMA(HALVES(row + 3 * k + i), q, d);
    }
    products[r] = sum(a) * scales[r];
    products[r + 1] = sum(b) * scales[r + 1];
    products[r + 2] = sum(c) * scales[r + 2];
    products[r + 3] = sum(d) * scales[r + 3];
  }
}

int64_t read_all(const int64_t *words, int64_t count) {
  int64_t total = 0;
  for (int64_t i = 0; i < count; i++) total += words[i];
  return total;
}
