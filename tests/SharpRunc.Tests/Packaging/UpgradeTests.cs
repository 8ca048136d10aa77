using System;
using System.IO;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>dpkg replaces the program under running containers, in a root of its own.</summary>
internal sealed class UpgradeTests
{
    private const string Dpkg = "/usr/bin/dpkg", DpkgDeb = "/usr/bin/dpkg-deb";

    [Test]
    public void No_container_is_lost_when_the_package_is_upgraded()
    {
        using Runtime runtime = Runtime.Create();
        if (!File.Exists(Dpkg))
            Assert.Ignore($"{Dpkg} is not installed");
        string newer = BuildPackage(runtime), older = MakeOlder(runtime, newer), root = Path.Combine(runtime.Work, "root");
        Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg/updates"));
        Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg/info"));
        File.WriteAllText(Path.Combine(root, "var/lib/dpkg/status"), "");
        Install(runtime, root, older);
        string program = Path.Combine(root, "usr/bin/sharprunc");

        string created = Runtime.NewId(), running = Runtime.NewId(), attached = Runtime.NewId();
        Result Run(params string[] arguments) => runtime.Execute([program, "--root", runtime.Root, .. arguments]);
        Bundle sleeper = runtime.NewBundle("sleep", "1000"), another = runtime.NewBundle("sleep", "1000");
        Run("create", "--bundle", sleeper.Path, created).Expect(0);
        Run("run", "--detach", "--bundle", another.Path, running).Expect(0);
        Bundle ends = runtime.NewBundle("sh", "-c", "until [ -e /end ]; do sleep 0.1; done; exit 7");
        string output = Path.Combine(runtime.Work, "attached");
        Child child = Child.Start([program, "--root", runtime.Root, "run", "--bundle", ends.Path, attached], output, output);
        Eventually.Holds(() => Run("state", attached).Output.Contains("running", StringComparison.Ordinal), "the attached one runs");

        Install(runtime, root, newer);
        Assert.That(File.ReadAllBytes(program), Is.EqualTo(File.ReadAllBytes(runtime.Program)));
        Assert.That(Run("list").Expect(0).Output,
            Does.Match($"{created} .* created ").And.Match($"{running} .* running ").And.Match($"{attached} .* running "));
        Run("start", created).Expect(0);
        foreach (string id in new[] { created, running })
        {
            Run("exec", id, "true").Expect(0);
            int pid = runtime.Pid(id);
            Run("kill", id, "KILL").Expect(0);
            Runtime.WaitForEnd(pid);
            Run("delete", id).Expect(0);
        }
        File.WriteAllText(Path.Combine(ends.Rootfs, "end"), "");
        Assert.That(child.Wait(), Is.EqualTo(7), () => File.ReadAllText(output));
        Assert.That(Run("list", "--quiet").Expect(0).Output, Is.Empty);
    }

    private static string BuildPackage(Runtime runtime)
    {
        string script = Path.Combine(Repository.Root, "src/SharpRunc/packaging/build-deb");
        return runtime.Execute(["/bin/bash", script, runtime.Program, runtime.Work]).Expect(0).Output.Trim();
    }

    /// <summary>The same with a lower version and another file of the program.</summary>
    private static string MakeOlder(Runtime runtime, string package)
    {
        string tree = Path.Combine(runtime.Work, "older"), control = Path.Combine(tree, "DEBIAN/control"), made = tree + ".deb";
        runtime.Execute([DpkgDeb, "--raw-extract", package, tree]).Expect(0);
        File.WriteAllText(control, Regex.Replace(File.ReadAllText(control), "(?m)^Version: .*$", "Version: 0.0.1"));
        using (FileStream program = File.Open(Path.Combine(tree, "usr/bin/sharprunc"), FileMode.Append))
            program.WriteByte(0);
        runtime.Execute([DpkgDeb, "--build", tree, made]).Expect(0);
        return made;
    }

    private static void Install(Runtime runtime, string root, string package)
        => runtime.Execute([Dpkg, "--root", root, "--log", Path.Combine(runtime.Work, "dpkg.log"), "--install", package]).Expect(0);
}
