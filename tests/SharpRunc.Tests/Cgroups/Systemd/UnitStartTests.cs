using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Cgroups.Systemd;

internal sealed class UnitStartTests
{
    private static readonly DeviceRule Nothing = new() { Allow = false, Type = 'a', Access = "rwm" };

    private static string[] Plan(string path, DeviceSet? devices = null, params (string, string)[] annotations)
        => [.. UnitStart.Plan(UnitName.Parse(path, "web", isUser: false), "web", new Resources { Pids = new() { Limit = 5 } },
            devices is null ? Layouts.V2 : Layouts.V1, devices,
            [.. annotations.Select(a => KeyValuePair.Create(a.Item1, a.Item2))]).Select(p => $"{p.Name}={p.Value}")];

    [Test]
    public void One_call_says_all_of_a_scope()
        => Assert.That(Plan("machine.slice:p:n"), Is.EqualTo((string[])
        [
            "Description='sharprunc container web'", "DefaultDependencies=false", "Slice='machine.slice'", "Delegate=true",
            "MemoryAccounting=true", "CPUAccounting=true", "IOAccounting=true", "TasksAccounting=true", "TasksMax=uint64 5",
        ]));

    [Test]
    public void A_slice_is_not_delegated()
        => Assert.That(Plan("machine.slice:p:n.slice"), Has.Member("Wants=['machine.slice']").And.None.StartsWith("Delegate"));

    [Test]
    public void On_v1_systemd_knows_the_devices_too()
    {
        DeviceRule[] rules =
        [
            Nothing, new() { Allow = true, Type = 'b', Major = 8, Minor = 0, Access = "rw" },
                new() { Allow = true, Type = 'c', Major = 195, Access = "rwm" },
            new() { Allow = true, Type = 'c', Minor = 7, Access = "r" },
        ];
        string[] plan = Plan("machine.slice:p:n", DeviceSet.From(rules, []));
        Assert.That(plan, Has.Member("DevicePolicy='strict'").And.Member("BlockIOAccounting=true"));
        Assert.That(plan[^1], Does.Contain("('/dev/block/8:0', 'rw')").And.Contain("('char-195', 'rwm')").And.Contain("('char-*', 'm')")
            .And.Contain("('block-*', 'm')")
            .And.Contain("('char-136', 'rwm')").And.Contain("('/dev/char/1:3', 'rwm')").And.Not.Contain("*:7"));
    }

    [Test]
    public void All_devices_are_the_policy_auto()
    {
        string[] plan = Plan("machine.slice:p:n", DeviceSet.From([new() { Allow = true, Type = 'a', Access = "rwm" }], []));
        Assert.That(plan[^2..], Is.EqualTo((string[])["DeviceAllow=@a(ss) []", "DevicePolicy='auto'"]));
    }

    [TestCase("TimeoutStopUSec", "uint64 5", "TimeoutStopUSec=uint64 5")]
    [TestCase("TimeoutStopSec", "uint64 5", "TimeoutStopUSec=uint64 5000000")]
    [TestCase("TimeoutStopSec", "5", "TimeoutStopUSec=uint64 5000000")]
    [TestCase("TimeoutStopSec", "0.5", "TimeoutStopUSec=uint64 500000")]
    [TestCase("CollectMode", "'inactive-or-failed'", "CollectMode='inactive-or-failed'")]
    [TestCase("IPAccounting", "true", "IPAccounting=true")]
    [TestCase("After", "['a.service', 'b.service']", "After=['a.service', 'b.service']")]
    public void Annotations_are_properties(string name, string text, string property)
        => Assert.That(Plan("machine.slice:p:n", null, ("unrelated", "x"), ("org.systemd.property." + name, text))[^1],
            Is.EqualTo(property));

    [TestCase("TimeoutStopSec", "'soon'", "*is not a number of seconds*")]
    [TestCase("TimeoutStopSec", "-1", "*out of range*")]
    [TestCase("TimeoutStopSec", "uint64 18446744073709551615", "*out of range*")]
    [TestCase("CollectMode", "inactive-or-failed", "*is not a GVariant*")]
    [TestCase("CollectMode", "", "*is not a GVariant*")]
    [TestCase("A1b", "true", "*is not the name of a property*")]
    [TestCase("ab", "true", "*is not the name of a property*")]
    [TestCase("", "true", "*is not the name of a property*")]
    public void A_bad_annotation_is_named(string name, string text, string message)
    {
        ContainerException refused =
            Assert.Throws<ContainerException>(() => Plan("machine.slice:p:n", null, ("org.systemd.property." + name, text)))!;
        Assert.That(refused.Message, Does.Contain(message.Trim('*')));
        Assert.That(refused.Pointer, Is.EqualTo("/annotations/org.systemd.property." + name));
    }

    [Test]
    public void What_systemd_refuses_is_traced_to_its_annotation()
        => Assert.That(
            UnitAnnotations.PointersOf([new("a", "b"), new("org.systemd.property.Bar", "5"), new("org.systemd.property.FooSec", "5")],
            "Cannot set property FooUSec, or unknown property."), Is.EqualTo((string[])["/annotations/org.systemd.property.FooSec"]));

    [TestCase("Failed to set unit properties: Unexpected message "
        + "contents", "/annotations/org.systemd.property.Bar", "/annotations/org.systemd.property.Foo")]
    [TestCase("Unit p-n.scope already exists.")]
    public void Where_it_names_no_property_all_annotations_are_suspect(string message, params string[] pointers)
        => Assert.That(UnitAnnotations.PointersOf([new("org.systemd.property.Bar", "5"), new("org.systemd.property.Foo", "5")], message),
            Is.EqualTo(pointers));
}
