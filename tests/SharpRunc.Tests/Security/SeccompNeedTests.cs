using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Security;

/// <summary>The table of calls that the runtime makes behind the filter, against the runtime itself.</summary>
internal sealed class SeccompNeedTests
{
    private const string Hook = """{ "startContainer": [{ "path": "/bin/true", "timeout": 10 }] }""";

    /// <summary>Made only where the profile lets it pass; and the kernel's own, when a call of a traced process was interrupted.</summary>
    private static readonly string[] Free = ["madvise", "restart_syscall", "rt_sigreturn"];

    /// <summary>Not in a container that starts, or only where a hook fails, or root may not enter the working directory.</summary>
    private static readonly string[] Rare = ["exit_group", "pidfd_send_signal", "lseek", "fcntl", "prctl(PR_CAP_AMBIENT)", "chdir",
        "getcwd", "faccessat2"];

    [Test]
    public void Every_call_behind_the_filter_is_in_the_table([Values] bool noNewPrivileges, [Values] bool hooks)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, noNewPrivileges, new JsonArray());
        if (hooks)
            bundle.Config["hooks"] = JsonNode.Parse(Hook);
        List<List<Strace.Call>> processes = Strace.TraceContainer(runtime, bundle.Write(), Runtime.NewId());
        HashSet<string> made = [];
        foreach (List<Strace.Call> calls in processes)
        {
            int loaded =
                calls.FindIndex(call => call.Name == "seccomp" && call.Arguments.Contains("SET_MODE_FILTER", StringComparison.Ordinal));
            // A hook's process begins behind the filter: it executes nothing but the hook.
            bool isHook = calls.Exists(
                call => call.Name == "execve" && call.Arguments.StartsWith("\"/bin/true\"", StringComparison.Ordinal)) && loaded < 0;
            if (loaded < 0 && !isHook)
                continue;
            for (int i = loaded + 1; i < calls.Count; i++)
            {
                made.Add(calls[i].Name == "prctl" ? $"prctl({calls[i].Arguments.Split(',')[0]})" : calls[i].Name);
                if (calls[i].Name == "execve")
                    break;
            }
        }
        made.ExceptWith(Free);
        HashSet<string> known = [.. Needs(noNewPrivileges, hooks).Select(need => need.Spelling)];
        Assert.That(made.Except(known), Is.Empty, "calls that the table lacks");
        Assert.That(known.Except(Rare).Except(made), Is.Empty, "calls that nobody makes");
    }

    /// <summary>Each call is refused to a real container: it starts exactly where check finds no error.</summary>
    [Test]
    public void A_container_that_check_calls_impossible_does_not_start([Values] bool noNewPrivileges, [Values(1, 13)] int errno)
    {
        using Runtime runtime = Runtime.Create();
        foreach (RuntimeNeed need in RuntimeNeeds.All.Where(
            need => need.Occasion is Occasion.Always or Occasion.WithoutNoNewPrivileges or Occasion.ClosedCwd && !need.Ends))
        {
            JsonArray conditions = [];
            for (int i = 0; i < need.Arguments.Length; i++)
                conditions.Add(new JsonObject { ["index"] = i, ["op"] = "SCMP_CMP_EQ", ["value"] = need.Arguments[i] });
            Bundle bundle = Filtered(runtime, noNewPrivileges, new JsonArray(new JsonObject
            {
                ["names"] = new JsonArray(need.Call),
                ["action"] = "SCMP_ACT_ERRNO",
                ["errnoRet"] = errno,
                ["args"] = conditions,
            }));
            string config = Path.Combine(bundle.Write().Path, "config.json");
            Findings findings = ProfileCheck.Run(ProfileReader.Read(config, File.ReadAllBytes(config), Host.From(null, [], "6.1")),
                Architecture.Native, KernelSupport.OfThisKernel);
            Assert.That(Starts(runtime, bundle), Is.EqualTo(!findings.HasErrors), $"{need.Spelling}\n{FindingsText.Write(findings)}");
        }
    }

    [Test]
    public void A_profile_alone_is_checked_for_both_kinds_of_container()
    {
        static string Found(string names) => FindingsText.Write(ProfileCheck.Run(
            new("p", "",
                new()
                {
                    DefaultAction = "SCMP_ACT_ALLOW",
                    Syscalls = [new() { Names = names.Split(' '), Action = "SCMP_ACT_ERRNO", ErrnoRet = 13 }]
                }), Architecture.Native,
                        KernelSupport.OfThisKernel));
        Assert.That(Found("execve"), Is.EqualTo("""
            error: /syscalls/0: execve is refused (syscalls[0]: ERRNO(13 EACCES)): the container cannot start; the runtime needs it to execute the program
            p: 1 error

            """));
        Assert.That(Found("setresuid"), Is.EqualTo("""
            warning: /syscalls/0: setresuid is refused (syscalls[0]: ERRNO(13 EACCES)): without noNewPrivileges the container cannot start; the runtime needs it to set process.user.uid
            p: 1 warning

            """));
        Assert.That(Found("clone waitid"), Does.StartWith("warning: /syscalls/0: clone is refused (syscalls[0]: ERRNO(13 EACCES)): with "
            + "startContainer hooks the container cannot start"));
        Assert.That(Found("close madvise getpid"), Is.EqualTo("p: nothing to report\n"));
    }

    private static IEnumerable<RuntimeNeed> Needs(bool noNewPrivileges, bool hooks) => RuntimeNeeds.All.Where(need => need.Occasion switch
    {
        Occasion.WithoutNoNewPrivileges or Occasion.ClosedCwd or Occasion.ClosedProgram => !noNewPrivileges,
        Occasion.Hooks => hooks,
        _ => true,
    });

    private static Bundle Filtered(Runtime runtime, bool noNewPrivileges, JsonArray rules)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", ": > /ran");
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        ((JsonObject)bundle.Config["root"]!)["readonly"] = false;
        bundle.Linux["seccomp"] = new JsonObject { ["defaultAction"] = "SCMP_ACT_ALLOW", ["syscalls"] = rules };
        return bundle;
    }

    /// <summary>Its program ran.</summary>
    private static bool Starts(Runtime runtime, Bundle bundle)
    {
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, id + ".pid");
        if (runtime.Run("create", "--bundle", bundle.Path, "--pid-file", pidFile, id).ExitCode != 0)
            return false;
        if (runtime.Run("start", id).ExitCode == 0)
            Runtime.WaitForEnd(int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture));
        runtime.Run("delete", "--force", id).Expect(0);
        return File.Exists(Path.Combine(bundle.Rootfs, "ran"));
    }
}
