using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// What is decided is decided once: a plan and the config it comes from are values that nobody changes, and making one asks no kernel.
/// </summary>
internal sealed class PlanTests
{
    private static Type[] Of(params string[] parts)
        => [.. typeof(ContainerException).Assembly.GetTypes()
            .Where(type => Array.IndexOf(parts, type.Namespace) >= 0 && !type.IsDefined(typeof(CompilerGeneratedAttribute)))];

    [Test]
    public void No_property_of_a_plan_or_of_the_config_can_be_set_after_it_is_made()
    {
        List<string> settable = [];
        foreach (Type type in Of("SharpRunc.Core.Plan", "SharpRunc.Core.Spec"))
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
                if (property.SetMethod is { IsPublic: true } setter
                    && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                    settable.Add($"{type.Name}.{property.Name}");
        Assert.That(settable, Is.Empty);
    }

    [Test]
    public void No_plan_asks_the_kernel()
    {
        List<string> asking = [];
        foreach (Type type in Of("SharpRunc.Core.Plan"))
            foreach (MethodBase method in Il.Methods(type))
                foreach ((_, MemberInfo? operand) in Il.Instructions(method))
                    if (operand is MethodBase { DeclaringType: { } called } && (called == typeof(Sys) || called == typeof(ProcFs)))
                        asking.Add($"{type.Name}.{method.Name}: {operand.Name}");
        Assert.That(asking, Is.Empty);
    }

    /// <summary>The child applies what was decided; config.json is the runtime's.</summary>
    [Test]
    public void No_plan_holds_the_config_itself()
    {
        Type[] whole = [typeof(Core.Spec.Config), typeof(Core.Spec.Linux)];
        IEnumerable<string> held =
            from type in Of("SharpRunc.Core.Plan")
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where whole.Contains(property.PropertyType)
            select $"{type.Name}.{property.Name}";
        Assert.That(held, Is.Empty);
    }
}
