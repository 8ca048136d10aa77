using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups.Systemd;

namespace SharpRunc.Tests.Cgroups.Systemd;

internal sealed class UnitNameTests
{
    [TestCase("machine.slice:libpod:web", false, "machine.slice/libpod-web.scope")]
    [TestCase(":docker:web", false, "system.slice/docker-web.scope")]
    [TestCase(":docker:web", true, "user.slice/docker-web.scope")]
    [TestCase("system.slice::web", false, "system.slice/-web.scope")]
    [TestCase("a-b-c.slice:p:n", false, "a.slice/a-b.slice/a-b-c.slice/p-n.scope")]
    [TestCase("kubepods-besteffort-pod1_2.slice:cri-containerd:n", false,
        "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/cri-containerd-n.scope")]
    [TestCase("devices.slice:p:n", false, "_devices.slice/p-n.scope")]
    [TestCase("devices-a.slice:p:n", false, "_devices.slice/devices-a.slice/p-n.scope")]
    [TestCase("a.slice:cpu.b:n", false, "a.slice/_cpu.b-n.scope")]
    [TestCase("a.slice:_b:n", false, "a.slice/__b-n.scope")]
    [TestCase("-.slice:p:n", false, "p-n.scope")]
    [TestCase("system.slice:p:a-b.slice", false, "a.slice/a-b.slice")]
    [TestCase("", false, "system.slice/sharprunc-ID.scope")]
    [TestCase(null, true, "user.slice/sharprunc-ID.scope")]
    public void A_path_names_a_unit_in_a_slice(string? path, bool isUser, string place)
    {
        UnitName unit = UnitName.Parse(path, "ID", isUser);
        Assert.That(unit.Path, Is.EqualTo(place));
        Assert.That(unit.IsSlice, Is.EqualTo(place.EndsWith(".slice", System.StringComparison.Ordinal)));
        Assert.That(place, Does.EndWith(unit.Name));
    }

    [TestCase("/a/b", "*slice:prefix:name*got \"/a/b\"*")]
    [TestCase("a:b", "*slice:prefix:name*")]
    [TestCase("a:b:c:d", "*slice:prefix:name*")]
    [TestCase("a:b:c", "*a is not a valid name for a systemd slice*")]
    [TestCase("a/b.slice:c:d", "*not a valid name for a systemd slice*")]
    [TestCase("a--b.slice:c:d", "*a--b.slice is not a valid name*")]
    [TestCase("-a.slice:c:d", "*not a valid name*")]
    [TestCase("a-.slice:c:d", "*not a valid name*")]
    [TestCase(".slice:c:d", "*not a valid name*")]
    [TestCase(":c:", "*not a valid name for a systemd unit*")]
    [TestCase(":c:a/b", "*c-a/b.scope is not a valid name for a systemd unit*")]
    [TestCase(":c:a+b", "*c-a+b.scope is not a valid name for a systemd unit*")]
    [TestCase(":c:-.slice", null)]
    public void What_names_none_is_refused(string path, string? message)
    {
        if (message is null)
        {
            Assert.That(UnitName.Parse(path, "ID", false).Path, Is.Empty);
            return;
        }
        ContainerException refused = Assert.Throws<ContainerException>(() => UnitName.Parse(path, "ID", false))!;
        Assert.That(refused.Message, Does.Match(System.Text.RegularExpressions.Regex.Escape(message.Trim('*')).Replace("\\*", ".*")));
        Assert.That(refused.Pointer, Is.EqualTo("/linux/cgroupsPath"));
    }

    [Test]
    public void A_name_is_no_longer_than_systemd_takes()
        => Assert.Throws<ContainerException>(() => UnitName.Parse(":p:" + new string('n', 250), "ID", false));

    [Test]
    public void The_default_prefix_is_our_name() => Assert.That(UnitName.DefaultPrefix, Is.EqualTo(RuntimeContext.Name));
}
