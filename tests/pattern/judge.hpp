#pragma once

#include <iostream>
#include <string>

/// Says what was not so, and remembers.
class judge {
 public:
  void expect(bool so, const std::string& what) {
    if (so) return;
    std::cerr << "not so: " << what << '\n';
    failed_ = true;
  }
  int verdict() {
    if (!failed_) std::cout << "ok\n";
    return failed_ ? 1 : 0;
  }

 private:
  bool failed_ = false;
};
