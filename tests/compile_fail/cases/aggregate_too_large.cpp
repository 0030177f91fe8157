#include <cohort/serial/pack.hpp>

#include <string>
struct many {
  std::string a, b, c, d, e, f, g, h, i, j, k, l, m;
};
void use(const many& object) {
  (void)cohort::serial::pack(object);
}
// EXPECT: cohort: an aggregate of more than 12 members; give it a serialize\(\) member
