#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

bool unit_aborts(void (*run)(void))
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit none = {0, 0};
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		/* No core file, and not cmocka's handler of signals. */
		if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
		    signal(SIGABRT, SIG_DFL) == SIG_ERR)
			_exit(1);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
