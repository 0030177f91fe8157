// Master-worker: tasks that create tasks, results of any type, and a task that fails.
#include <cohort/cohort.hpp>

#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct page {
  std::string url;
  std::vector<std::string> links;
};

static page fetch(const std::string& url) {  // stands for a download
  if (url == "/a/b") throw std::runtime_error("404 not found");
  if (url.size() > 4) return {url, {}};
  return {url, {url + "/a", url + "/b"}};
}

int main(int argc, char** argv) {
  cohort::environment env{argc, argv};
  cohort::farm crawl{env.world(), fetch, {.retries = 1, .ordered = true}};
  const auto report = crawl.run(
      std::vector<std::string>{""},
      [](page& p, auto& submit) {
        std::cout << "page '" << p.url << "' has " << p.links.size() << " links\n";
        for (auto& link : p.links) submit(link);
      },
      [](const cohort::task_failure& f) { std::cout << "task " << f.task << ": " << f.message << '\n'; });
  if (env.world().rank() == 0) std::cout << report.succeeded << " pages, " << report.failed << " failed\n";
}
