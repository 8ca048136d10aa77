/* Reads profiles on stdin and does with libseccomp what runc does with them; the programs go to the files that are named.
   Compiled and run by Libseccomp.cs of the tests only. Prints 0 or a negative errno for each profile. */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
/* Some profiles make libseccomp tie its tree into a ring and walk it for ever: two seconds are enough for any other. */
static sigjmp_buf hung;
static void give_up(int signal) { siglongjmp(hung, signal); }
int main(void)
{
    char word[128];
    volatile int failed = 0;
    unsigned action, index, count;
    unsigned long long a, b;
    int op;
    scmp_filter_ctx ctx = NULL;
    int tree = getenv("TREE") != NULL;        /* runc asks for the binary tree where it has more than 32 rules */
    signal(SIGALRM, give_up);
    while (scanf("%127s", word) == 1) {
        if (!strcmp(word, "default")) {       /* a new profile */
            scanf("%x", &action);
            if (ctx && failed != -ETIMEDOUT) seccomp_release(ctx); /* nor would it find out of the ring then */
            ctx = seccomp_init(action);
            failed = 0;
            if (tree && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2)) return 3;
        } else if (!strcmp(word, "native")) { /* as if this were the machine: byte orders do not mix */
            scanf("%127s", word);
            seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
            failed = seccomp_arch_add(ctx, seccomp_arch_resolve_name(word));
        } else if (!strcmp(word, "arch")) {
            scanf("%127s", word);
            int rc = seccomp_arch_add(ctx, seccomp_arch_resolve_name(word));
            if (rc && rc != -EEXIST) failed = rc;
        } else if (!strcmp(word, "rule")) {   /* rule NAME ACTION COUNT (index op value valueTwo)* */
            struct scmp_arg_cmp args[6];
            scanf("%127s %x %u", word, &action, &count);
            for (unsigned i = 0; i < count; i++) {
                scanf("%u %d %llx %llx", &index, &op, &a, &b);
                args[i] = (struct scmp_arg_cmp){ index, op, a, b };
            }
            int nr = seccomp_syscall_resolve_name(word);
            if (nr == __NR_SCMP_ERROR) { fprintf(stderr, "unknown %s\n", word); continue; }
            if (failed) continue;
            alarm(2);
            if (sigsetjmp(hung, 1)) failed = -ETIMEDOUT;
            else failed = seccomp_rule_add_array(ctx, action, nr, count, args);
            alarm(0);
        } else if (!strcmp(word, "known")) {  /* known ARCH NAME: the number; negative for none, * for an architecture of no use here */
            char name[128];
            scanf("%127s %127s", word, name);
            uint32_t arch = seccomp_arch_resolve_name(word);
            if (arch) printf("%d\n", seccomp_syscall_resolve_name_arch(arch, name));
            else printf("*\n");
        } else if (!strcmp(word, "end")) {     /* end FILE */
            scanf("%127s", word);
            int fd = open(word, O_CREAT | O_TRUNC | O_WRONLY, 0600);
            alarm(2);
            if (sigsetjmp(hung, 1)) failed = -ETIMEDOUT;
            else if (!failed) failed = seccomp_export_bpf(ctx, fd);
            alarm(0);
            close(fd);
            printf("%d\n", failed);
        } else return 2;
    }
    return 0;
}
