using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Cgroups;

/// <summary>Which cgroup a process is in: a container that may write its own names them.</summary>
internal sealed class MembershipTests
{
    // What /proc/PID/cgroup says, and where below /a/c that is.
    [TestCase("/a/c", "")]
    [TestCase("/a/c/x", "x")]
    [TestCase("/a/c/a/c/x", "a/c/x")]
    [TestCase("/a/cc", null)]
    [TestCase("/a/cc/x", null)]
    [TestCase("/a", null)]
    [TestCase("/", null)]
    [TestCase("/b/a/c/x", null)]
    [TestCase("/../a/c/x", null)]
    [TestCase("", null)]
    public void Below_a_cgroup_is_what_begins_with_its_path_at_the_border_of_a_component(string path, string? below)
        => Assert.That(Membership.Below("/a/c", path), Is.EqualTo(below));

    [Test]
    public void A_line_of_another_hierarchy_is_not_taken_for_the_one_asked_for()
    {
        const string text = "12:cpu,cpuacct:/one\n11:cpu:/two\n2:name=a:b:/three:x\n1:memory:/four:cpu:/five\n0::/six\n";
        string[] keys = ["cpu,cpuacct", "cpu", "name=a", "memory", "", "cpuacct"];
        Assert.That(keys.Select(key => new Membership(text).NameIn(key).ToString()),
            Is.EqualTo(new[] { "/one", "/two", "b:/three:x", "/four:cpu:/five", "/six", "" }));
    }
}
