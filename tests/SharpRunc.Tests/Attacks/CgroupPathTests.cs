using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>GHSA-5g49-rx9x-qfc6: whatever cgroupsPath is, cgroups are made below the hierarchies' own places or not at all.</summary>
internal sealed class CgroupPathTests
{
    [TestCase("../../@")]
    [TestCase("/../@")]
    [TestCase("a-@/../../@")]
    [TestCase("/../../../../../../tmp/@")]
    [TestCase("slice:../@:y")]
    [TestCase("../slice:..:@")]
    [TestCase("/@/./../..//@")]
    public void Nothing_is_made_outside_of_the_hierarchies(string path)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true");
        string name = runtime.CgroupName + "-s18", id = Runtime.NewId();
        bundle.Linux["cgroupsPath"] = path.Replace("@", name, StringComparison.Ordinal);
        Result created = runtime.Run("create", "--bundle", bundle.Write().Path, id);
        if (created.ExitCode == 0)
            foreach (string line in File.ReadAllLines($"/proc/{runtime.Pid(id)}/cgroup"))
                Assert.That(line, Does.Not.Contain("/..").And.Contain(name));
        else
            created.ExpectError("/linux/cgroupsPath");
        foreach (string outside in new[] { "/sys/fs/cgroup/", "/sys/fs/", "/tmp/", "/", "/sys/", bundle.Path + "/", runtime.Work + "/" })
            Assert.That(Directory.Exists(outside + name),
                Is.EqualTo(outside == "/sys/fs/cgroup/" && File.Exists(outside + "cgroup.controllers") && created.ExitCode == 0), outside);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Named(name), Is.Empty, "what was made is gone");
    }

    [TestCase("..")]
    [TestCase("../../..")]
    [TestCase("/..")]
    [TestCase("/sub/../..")]
    [TestCase("sub/../../x")]
    [TestCase("pids:..")]
    [TestCase("pids:../..")]
    public void An_exec_stays_below_its_containers_cgroup(string cgroup)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("exec", "--cgroup", cgroup, id, "true").ExpectError("must stay below", 255);
    }

    private static List<string> Named(string name)
    {
        List<string> found = [];
        foreach (string hierarchy in Support.Cgroups.Hierarchies)
            foreach (string directory in Directory.GetDirectories(hierarchy))
                if (directory.Contains(name, StringComparison.Ordinal))
                    found.Add(directory);
        return found;
    }
}
